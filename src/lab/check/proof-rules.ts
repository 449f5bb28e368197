/** What must hold of bets: each is proven once, by its own seed and not before, and soon after. */
import { createHash, createHmac } from "node:crypto";
import { DEADLINES_PER_TURN_MAX, PROOF_WITHIN_MS } from "../../core/limits.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Invariant } from "./breach.ts";

type Tell = (invariant: Invariant, detail: string) => void;

interface Bet {
  readonly clientSeed: string;
  settled: EventOf<"BetSettled"> | undefined;
  /** From when on somebody should have been told whether it was fair, ms. */
  due: number;
  proven: boolean;
}

export class ProofRules {
  readonly #tell: Tell;
  readonly #bets = new Map<string, Bet>();
  readonly #seeds = new Map<string, string>();
  /** When the last turn looked at all that was due by then; zero when it did not. */
  #lookedAt = 0;
  /** Bets of which somebody could say whether they were fair, those of which nobody could in time, and lies told. */
  proven = 0;
  unproven = 0;
  lies = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /**
   * Between two turns: one that looks at deadlines proves what can be proven, whoever has checked it or
   * not. Without it only an agent that is slow to check would show that nobody else does.
   */
  turn({ type, at, events }: Pick<Turn, "type" | "at" | "events">): void {
    if (this.#lookedAt > 0) {
      for (const [key, { due }] of this.#bets) {
        if (due > this.#lookedAt) continue;
        this.#tell(
          "I8",
          `whether ${key} was fair was due at ${due}, not said at ${this.#lookedAt}`,
        );
      }
    }
    const first = events[0];
    const all =
      type === "Tick" && first?.type === "DeadlinesPassed" && first.count < DEADLINES_PER_TURN_MAX;
    this.#lookedAt = all ? at : 0;
  }

  /** Before an event is folded. */
  event(event: FleetEvent, at: number): void {
    switch (event.type) {
      case "BetPlaced": {
        const { clientSeed } = event;
        const due = Number.POSITIVE_INFINITY;
        this.#bets.set(keyOf(event), { clientSeed, settled: undefined, due, proven: false });
        return;
      }
      case "BetSettled": {
        const bet = this.#bets.get(keyOf(event));
        if (bet === undefined) return this.#tell("I3", `${keyOf(event)} is settled, not placed`);
        bet.settled = event;
        bet.due = this.#seeds.has(event.seedHash) ? at : at + PROOF_WITHIN_MS;
        return;
      }
      case "SeedRevealed":
        return this.#revealed(event, at);
      case "BetChecked":
        return this.#checked(event);
      case "BetProven":
        return this.#proven(event);
      case "BetUnproven":
        return this.#unproven(event, at);
      case "BetFailed":
        this.#bets.delete(keyOf(event));
    }
  }

  #revealed({ seedHash, serverSeed }: EventOf<"SeedRevealed">, at: number): void {
    this.#seeds.set(seedHash, serverSeed);
    for (const bet of this.#bets.values()) if (bet.settled?.seedHash === seedHash) bet.due = at;
  }

  /** Nobody can have verified what does not hold, or what nobody could know. It is forgotten then. */
  #checked(event: EventOf<"BetChecked">): void {
    const bet = this.#bets.get(keyOf(event));
    if (!event.verified) return;
    if (bet?.proven === false) this.proven += 1;
    if (bet === undefined || !this.#isFair(bet))
      this.#tell("I13", `${keyOf(event)} is verified, and its draw does not hold or is unknown`);
    this.#bets.delete(keyOf(event));
  }

  /** Its seed is the one that was committed to, and makes its result and its roll. */
  #isFair({ settled, clientSeed }: Bet): boolean {
    const seed = this.#seeds.get(settled?.seedHash ?? "");
    if (settled === undefined || seed === undefined) return false;
    const hash = createHash("sha256").update(seed).digest("hex");
    const result = createHmac("sha256", seed).update(`${clientSeed}:${settled.nonce}`);
    const drawn = result.digest("hex");
    const roll = Number.parseInt(drawn.slice(0, 8), 16) % 10_000;
    const told = hash === settled.seedHash && drawn === settled.resultHash;
    return told && settled.outcome === (roll / 100).toFixed(2);
  }

  #proven(event: EventOf<"BetProven">): void {
    const bet = this.#bets.get(keyOf(event));
    if (bet?.settled === undefined)
      return this.#tell("I3", `${keyOf(event)} is proven, not settled`);
    if (bet.proven) this.#tell("I4", `${keyOf(event)} is proven twice`);
    bet.proven = true;
    this.proven += 1;
    if (event.fault !== "") this.lies += 1;
    bet.due = Number.POSITIVE_INFINITY;
    // A house that lies is called that, and no other.
    const fair = this.#isFair(bet);
    if (fair !== (event.fault === ""))
      this.#tell("I13", `${keyOf(event)} is proven with "${event.fault}", its draw holds: ${fair}`);
  }

  /** Nobody can say of it whether it was fair: its seed is not known, and its time is over. */
  #unproven(event: EventOf<"BetUnproven">, at: number): void {
    const bet = this.#bets.get(keyOf(event));
    if (bet?.settled === undefined)
      return this.#tell("I3", `${keyOf(event)} is unproven, not settled`);
    if (this.#seeds.has(bet.settled.seedHash))
      this.#tell("I13", `${keyOf(event)} is told as unproven, its seed is known`);
    else if (at < bet.due) this.#tell("I8", `${keyOf(event)} is unproven at ${at}, due ${bet.due}`);
    bet.due = Number.POSITIVE_INFINITY;
    this.unproven += 1;
  }

  /** Bets that somebody should have been told of so long ago. */
  overdue(now: number, lateMs: number): void {
    for (const [key, { due }] of this.#bets) {
      if (due >= now - lateMs) continue;
      const late = Math.floor(now - due);
      this.#tell("I8", `whether ${key} was fair could be said ${late} ms ago, and was not`);
    }
  }
}

const keyOf = ({ agent, bet }: Pick<EventOf<"BetPlaced">, "agent" | "bet">): string =>
  `${agent}/${bet}`;
