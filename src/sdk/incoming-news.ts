/** Checks marks and events as they come: most of what an agent hears. */
import type { MarkMessage, PublicEvent } from "./link.ts";

export const DECIMAL = /^-?\d{1,24}(\.\d{1,18})?$/;
const EVENT_TYPE = /^[A-Z][A-Za-z0-9]{0,63}$/;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= 512;

// Looked at by hand, a tenth of the time of a schema.

/** None: undefined for what is not an event. */
export function readEvent(value: unknown): PublicEvent | undefined {
  if (!isRecord(value)) return undefined;
  const { id, seq, time: at, agent, type, cause } = value;
  const fine =
    isText(id) &&
    Number.isSafeInteger(seq) &&
    Number.isFinite(at) &&
    isText(agent) &&
    typeof type === "string" &&
    EVENT_TYPE.test(type) &&
    isText(cause);
  return fine ? (value as PublicEvent) : undefined;
}

/** None: undefined for what is not a mark above zero. */
export function readMark(value: unknown): MarkMessage | undefined {
  if (!isRecord(value)) return undefined;
  const { market: named, price, at } = value;
  const fine =
    isText(named) && typeof price === "string" && DECIMAL.test(price) && Number.isFinite(at);
  return fine && Number(price) > 0 ? (value as unknown as MarkMessage) : undefined;
}
