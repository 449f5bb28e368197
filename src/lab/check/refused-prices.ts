/** Markets in which the venue took no forced order by the present mark: nothing there can be closed now. */
import type { Law } from "../../fleet/state.ts";
import type { FleetEvent } from "../../protocol/events.ts";

/** Kept from the events alone, apart from what the law itself remembers. */
export class RefusedPrices {
  /** Of forced orders that the venue has not answered: where they are, and by which mark. */
  readonly #asked = new Map<string, { readonly market: string; readonly mark: bigint }>();
  /** The mark by which a market's last forced order was refused. */
  readonly #refused = new Map<string, bigint>();

  event(event: FleetEvent): void {
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
    if (event.type === "OrderWorking") this.#refused.delete(asked.market);
    else if (/price|collar/i.test(event.reason)) this.#refused.set(asked.market, asked.mark);
  }

  /** Only while the mark is the very one: at another price everything may be closed again. */
  has(market: string, law: Law): boolean {
    const mark = this.#refused.get(market);
    return (
      mark !== undefined &&
      [...law.markets.values()].some((one) => one.policy.market === market && one.mark === mark)
    );
  }
}
