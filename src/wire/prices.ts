/** Prices from outside: a feeder says them on the one subject that is its own, the coordinator hears. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { FleetId, SourceId } from "../core/ids.ts";
import { allPrices, parsePrice, priceSubject } from "./subjects.ts";

/** Hears feeders. Which it was is said by the subject, which the broker guards. */
export function listenToPrices(
  connection: NatsConnection,
  fleet: FleetId,
  onPrices: (source: SourceId, bytes: Uint8Array) => void,
): void {
  connection.subscribe(allPrices(fleet), {
    callback: (_, msg) => {
      const said = parsePrice(msg.subject);
      if (said !== undefined && said.fleet === fleet) onPrices(said.source, msg.data);
    },
  });
}

/** One price as a feeder says it: a decimal text, and when its source made it, epoch ms. */
export interface FedPrice {
  readonly market: string;
  readonly price: string;
  readonly at: number;
}

/** Says prices as a feeder. Nothing answers: what is not believed shows in the fleet's events. */
export const sayPrices = (
  connection: NatsConnection,
  fleet: FleetId,
  source: SourceId,
  prices: readonly FedPrice[],
): void => connection.publish(priceSubject(fleet, source), JSON.stringify({ prices }));
