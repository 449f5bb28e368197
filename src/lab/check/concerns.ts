/** The judges of single concerns, each with what it keeps for itself, asked together at every turn and event. */
import type { Law } from "../../fleet/state.ts";
import type { FleetEvent } from "../../protocol/events.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Invariant } from "./breach.ts";
import { CalendarRules } from "./calendar-rules.ts";
import { CapRules } from "./cap-rules.ts";
import { CrisisRules } from "./crisis-rules.ts";
import { DueRules } from "./due-rules.ts";
import { FewerRules } from "./fewer-rules.ts";
import { JobRules } from "./job-rules.ts";
import { Met } from "./met.ts";
import { PowderRules } from "./powder-rules.ts";
import { PriceRules } from "./price-rules.ts";
import { ProofRules } from "./proof-rules.ts";
import type { SaidPrices } from "./said-prices.ts";
import { TakenRules } from "./taken-rules.ts";

export class Concerns {
  readonly #crisis: CrisisRules;
  readonly #fewer: FewerRules;
  readonly #taken: TakenRules;
  readonly #jobs: JobRules;
  readonly #powder: PowderRules;
  readonly #proofs: ProofRules;
  readonly #calendar: CalendarRules;
  readonly #caps: CapRules;
  readonly #dues: DueRules;
  readonly #prices: PriceRules;
  readonly #met = new Met();

  /**
   * @param sizes positions as the rules count them, by agent and market.
   * @param said what the sources of prices said; absent: that is not judged.
   */
  constructor(
    tell: (invariant: Invariant, detail: string) => void,
    sizes: Map<string, bigint>,
    said?: SaidPrices,
  ) {
    this.#crisis = new CrisisRules(tell);
    this.#fewer = new FewerRules(tell);
    this.#taken = new TakenRules(tell, sizes);
    this.#jobs = new JobRules(tell, sizes);
    this.#powder = new PowderRules(tell);
    this.#proofs = new ProofRules(tell);
    this.#calendar = new CalendarRules(tell);
    this.#caps = new CapRules(tell);
    this.#dues = new DueRules(tell);
    this.#prices = new PriceRules(tell, said);
  }

  /** Between two turns: `law` is the state up to here. */
  turn(turn: Turn, law: Law): void {
    this.#met.turn(turn);
    this.#jobs.turn();
    this.#powder.turn(law);
    this.#proofs.turn(turn);
    this.#crisis.turn(turn, law);
    this.#caps.turn();
    this.#prices.turn();
    this.#calendar.turn(turn, law);
  }

  /** Before an event is folded, and before it is counted. */
  event(event: FleetEvent, turn: Turn, law: Law): void {
    this.#crisis.event(event, turn, law);
    this.#fewer.event(event, turn.at, law);
    this.#taken.event(event, law);
    this.#jobs.event(event);
    this.#powder.event(event, law);
    this.#proofs.event(event, turn.at);
    this.#caps.event(event, turn, law);
    this.#dues.event(event, turn.at);
    this.#prices.event(event, turn.at, law);
    this.#met.event(event);
  }

  /** Before it is folded, when it was counted: `reserved` with it. */
  counted(event: FleetEvent, turn: Turn, law: Law, reserved: bigint): void {
    this.#calendar.event(event, turn, law, reserved);
  }

  overdue(now: number, lateMs: number, law: Law): void {
    this.#crisis.overdue(now, lateMs, law);
    this.#proofs.overdue(now, lateMs);
    this.#dues.overdue(now, lateMs);
  }

  /** What the run came to, as far as no type of event says it. */
  get met(): ReadonlyMap<string, number> {
    const counts = new Map([...this.#met.counts, ...this.#prices.met]);
    const more = [
      ["plan-order-weighed", this.#fewer.looked],
      ["calendar-opening", this.#calendar.met],
      ["calendar-refused", this.#calendar.refused],
      ["caps-moved", this.#caps.moved],
      ["reserve-measured", this.#powder.measured],
      ["house-called-liar", this.#proofs.lies],
      ["bets-proven", this.#proofs.proven],
      ["bets-unproven", this.#proofs.unproven],
    ] as const;
    for (const [name, times] of more) if (times > 0) counts.set(name, times);
    return counts;
  }
}
