/** Markets in which the venue took no forced order by the present mark: nothing there can be closed now. */
import type { FleetEvent } from "../../protocol/events.ts";

/** Doublings of the wait after refusals in a row by one mark, as docs/crisis.md tells them. */
const DOUBLINGS = 5;

interface Refusal {
  readonly mark: bigint;
  readonly times: number;
  readonly until: number;
}

/** Kept from the events alone, apart from what the law itself remembers. */
export class RefusedPrices {
  /** Of forced orders that the venue has not answered: where they are, and by which mark. */
  readonly #asked = new Map<string, { readonly market: string; readonly mark: bigint }>();
  readonly #refused = new Map<string, Refusal>();

  /** @param retryMs the rules' wait between two closing orders. */
  event(event: FleetEvent, at: number, retryMs: number): void {
    if (event.type === "OrderApproved") {
      const { agent, order, market, mark, forced } = event;
      if (forced !== "") this.#asked.set(`${agent}/${order}`, { market, mark });
      return;
    }
    if (event.type !== "OrderRejected" && event.type !== "OrderWorking") return;
    const key = `${event.agent}/${event.order}`;
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    const { market, mark } = asked;
    if (event.type === "OrderWorking") this.#refused.delete(market);
    else if (/price|collar/i.test(event.reason)) {
      const before = this.#refused.get(market);
      const times = before?.mark === mark ? before.times + 1 : 1;
      const until = at + retryMs * 2 ** Math.min(times, DOUBLINGS);
      this.#refused.set(market, { mark, times, until });
    }
  }

  /** While the mark is the very one and its wait runs: else everything may be closed again. */
  has(market: string, mark: bigint | undefined, at: number): boolean {
    const refusal = this.#refused.get(market);
    return refusal !== undefined && refusal.mark === mark && at < refusal.until;
  }
}
