/** Watches the way to the venue: no retry before a lookup, nothing from who no longer leads. */
import type { EffectName } from "../../protocol/effects.ts";
import type { Life } from "../life.ts";
import type { Checker } from "./checker.ts";

/** What one process may know of a name. */
type Knowledge = "sent" | "unknown" | "looked-up";

export class Doubt {
  readonly #checker: Checker;
  /** What the fleet as a whole has done with a name: another process may have sent it. */
  readonly #known = new Map<EffectName, { by: Life; state: Knowledge }>();
  /** The epoch a process leads by. None: undefined when it never led. */
  readonly #epochOf: (life: Life) => number | undefined;
  readonly #leaseEpoch: () => number;

  constructor(
    checker: Checker,
    epochOf: (life: Life) => number | undefined,
    leaseEpoch: () => number,
  ) {
    this.#checker = checker;
    this.#epochOf = epochOf;
    this.#leaseEpoch = leaseEpoch;
  }

  asked(life: Life, what: "submit" | "lookup", name: EffectName): void {
    if (what === "lookup") return;
    const epoch = this.#epochOf(life);
    const lease = this.#leaseEpoch();
    if (epoch !== undefined && epoch < lease) {
      this.#checker.tell(
        "I7",
        `${life.name} of epoch ${epoch} sends, the lease is of ${lease}`,
        name,
      );
    }
    const before = this.#known.get(name);
    if (before !== undefined && before.state !== "looked-up") {
      const { state, by } = before;
      const told = `${name} is sent again by ${life.name}, it was ${state} by ${by.name}`;
      this.#checker.tell("I4", `${told}, and nobody looked it up`, name);
    }
    this.#known.set(name, { by: life, state: "sent" });
  }

  answered(life: Life, what: "submit" | "lookup", name: EffectName, known: boolean): void {
    if (what === "submit") this.#known.set(name, { by: life, state: known ? "sent" : "unknown" });
    else if (known) this.#known.set(name, { by: life, state: "looked-up" });
  }
}
