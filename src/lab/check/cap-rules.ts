/** What must hold of caps that are moved, and of who refers whom: no more is given than taken, nothing twice. */
import type { Law } from "../../fleet/state.ts";
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Invariant } from "./breach.ts";

const ONE = 1_000_000n;
/** Of a fee the service pays so much to who referred its payer, in ppm. */
const REFERRED = 150_000n;

export class CapRules {
  readonly #tell: (invariant: Invariant, detail: string) => void;
  #period = { number: 0, endsAt: 0 };
  /** What the last decision to move caps still has to do in its turn, by agent. */
  readonly #owed = new Map<string, bigint>();
  readonly #referrers = new Map<string, string>();
  /** Decisions that moved caps. */
  moved = 0;

  constructor(tell: (invariant: Invariant, detail: string) => void) {
    this.#tell = tell;
  }

  /** Between two turns nothing is owed. */
  turn(): void {
    for (const [agent, cap] of this.#owed)
      this.#tell("I2", `the cap of ${agent} was to be ${cap}, and nobody changed it`);
    this.#owed.clear();
  }

  /** Before an event is folded. */
  event(event: FleetEvent, { at }: Turn, law: Law): void {
    switch (event.type) {
      case "PeriodClosed":
        return this.#closed(event, at, law);
      case "Reallocated":
        return this.#reallocated(event, law);
      case "CapCut":
      case "DrawdownCut":
      case "RaiseScheduled":
        if (this.#owed.get(event.agent) === event.cap) this.#owed.delete(event.agent);
        return;
      case "ReferrerRegistered": {
        const before = this.#referrers.get(event.agent);
        if (before !== undefined || event.referrer === (event.agent as string))
          this.#tell("I4", `${event.agent} is referred by ${event.referrer}, before by ${before}`);
        this.#referrers.set(event.agent, event.referrer);
        return;
      }
      case "ReferralEarned":
        return this.#earned(event);
    }
  }

  /** Periods follow one another, none before the one before it is over. */
  #closed({ period, nextAt }: EventOf<"PeriodClosed">, at: number, law: Law): void {
    const { number, endsAt } = this.#period;
    const lasts = law.policy?.crisis?.reallocate?.periodMs ?? 0;
    if (period !== number + 1) this.#tell("I4", `period ${period} after ${number}`);
    if (at < endsAt || nextAt !== at + lasts)
      this.#tell(
        "I8",
        `period ${period} ends at ${at}, not before ${endsAt}; the next at ${nextAt}`,
      );
    this.#period = { number: period, endsAt: nextAt };
  }

  /** Together the caps are no more than before; none is below its use, none raised by more than a step. */
  #reallocated({ dryRun, lines, rule }: EventOf<"Reallocated">, law: Law): void {
    let [before, after] = [0n, 0n];
    const step = BigInt(law.policy?.raiseStep ?? 0);
    for (const { of, inUse, ...cap } of lines) {
      before += cap.before;
      after += cap.after;
      if (!dryRun && cap.after !== cap.before) this.#owed.set(of, cap.after);
      if (rule === "sharpe" && cap.after < cap.before && cap.after < inUse)
        this.#tell("I2", `the cap of ${of} is to be ${cap.after}, of it ${inUse} are in use`);
      if (cap.after > cap.before + (cap.before * step) / ONE)
        this.#tell("I7", `the cap of ${of} is to rise from ${cap.before} to ${cap.after} at once`);
    }
    if (this.#owed.size > 0) this.moved += 1;
    if (after > before) this.#tell("I2", `caps of ${before} are moved and make ${after}`);
  }

  /** Only who was registered earns, and of a fee no more than its part. Rounding: down. */
  #earned({ agent, of, escrow, fee, referral }: EventOf<"ReferralEarned">): void {
    const who = this.#referrers.get(of);
    if (who !== undefined && who !== agent)
      this.#tell("I1", `${agent} earns of ${escrow} by ${of}, whom ${who} refers`);
    const most = (fee * REFERRED) / ONE;
    if (referral > most) this.#tell("I1", `${escrow} earns ${referral} of ${fee}, allowed ${most}`);
  }
}
