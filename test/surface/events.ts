/** Public events as a fleet tells them, to show and to count. */
import type { PublicEvent } from "../../src/protocol/public.ts";

/** 2024-04-12 12:00:00 UTC. */
export const NOON = 1_712_923_200_000;

let seq = 0;

/** An event of this type a second after the one before. */
export function told(agent: string, type: string, fields: object = {}): PublicEvent {
  seq += 1;
  const head = { id: `${seq}.0.0`, seq, time: NOON + seq * 1_000, agent, type, cause: "Test" };
  return { ...head, ...fields };
}

export const approved = (fields: object = {}): PublicEvent =>
  told("trading", "OrderApproved", {
    ...{ order: "o-1", market: "btc-perp", side: "buy", qty: "0.0021", opening: "0.0021" },
    ...{ limit: "69288.2", tif: "ioc", leverage: 3_000_000, stop: "54632.1", hold: "48.574493" },
    ...{ mark: "67929.69", forced: "", note: "trend 3.12, volatility 140 %" },
    ...fields,
  });

export const filled = (fields: object = {}): PublicEvent =>
  told("trading", "FillBooked", {
    ...{ order: "o-1", trade: "t1", market: "btc-perp", side: "buy", qty: "0.001" },
    ...{ price: "67920.2", notional: "67.9202", fee: "0.033961", realized: "0" },
    ...{ positionQty: "0.001", positionCost: "67.9202", positionMargin: "22.64" },
    ...fields,
  });
