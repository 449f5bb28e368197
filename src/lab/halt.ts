/** A fleet whose journal was damaged: it says so, stands still, and goes on once the journal is mended. */
import { LEASE_MS } from "./plan.ts";
import type { World } from "./world.ts";

/** How often it is asked what holds it up, ms. */
const ASK_MS = 2_000;
/** Beyond the last lease, so that every agent must have noticed, ms. */
const BEYOND_MS = 180_000;

export class Halt {
  readonly #world: World;
  /** The journal as it was: what an operator restores from. */
  readonly #backup: readonly Uint8Array[];
  /** Coordinators that have said that the journal is broken. */
  readonly #said = new Set<string>();
  mended = false;
  /** Nothing more can come of this run: it was judged, and nobody mends it. */
  over = false;

  constructor(world: World) {
    this.#world = world;
    this.#backup = [...world.streams.journal];
    this.#ask();
    world.time.after(LEASE_MS * world.options.slow + BEYOND_MS, () => this.#judge());
  }

  #ask(): void {
    if (this.mended) return;
    for (const { name, lastFault } of this.#world.coordinators) {
      const { code } = (lastFault ?? {}) as { readonly code?: unknown };
      if (code === "journal-broken") this.#said.add(name);
    }
    this.#world.time.after(ASK_MS, () => this.#ask());
  }

  #judge(): void {
    const { coordinators, agents, checker, options } = this.#world;
    const where = "the halt";
    for (const { name, leading, lastFault } of coordinators) {
      if (leading !== undefined)
        checker.tell("I6", `${name} leads on a journal that was damaged`, where);
      if (!this.#said.has(name))
        checker.tell("I12", `${name} never said that its journal is broken; ${lastFault}`, where);
    }
    for (const host of agents) {
      const phase = host.running?.phase();
      if (phase === "running")
        checker.tell("I12", `${host.agent} is ${phase}, and nobody leads`, where);
    }
    if (options.mode === "liveness") this.#mend();
    else this.over = true;
  }

  /** Somebody restores the journal from its backup. */
  #mend(): void {
    const { streams, counts } = this.#world;
    streams.journal.splice(0, streams.journal.length, ...this.#backup);
    streams.forgetIds();
    this.mended = true;
    counts.fired("mended");
  }
}
