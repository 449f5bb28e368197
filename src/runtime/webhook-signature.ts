/** Signatures of webhooks: HMAC-SHA256 over the time of sending and the body, so that neither can be another's. */
import { createHmac, timingSafeEqual } from "node:crypto";

export const HEADERS = {
  /** The event's id: the same at every attempt, to be taken once. */
  event: "flotilla-event-id",
  /** When this attempt was sent, epoch seconds. */
  timestamp: "flotilla-timestamp",
  signature: "flotilla-signature",
  attempt: "flotilla-attempt",
} as const;

/** How old a message may be that is still believed, in seconds. */
const REPLAY_WINDOW_S = 300;

/** `v1=` and 64 hex digits: HMAC-SHA256 of `<timestamp>.<body>`. */
export function signatureOf(secret: string, timestamp: number, body: string): string {
  const mac = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return `v1=${mac}`;
}

/** Is a message of who knows the secret, and sent just now? Takes as long for every wrong signature. */
export function isGenuine(
  secret: string,
  given: { readonly signature: string; readonly timestamp: string; readonly body: string },
  nowMs: number,
): boolean {
  const timestamp = Number(given.timestamp);
  if (!Number.isSafeInteger(timestamp)) return false;
  if (Math.abs(nowMs / 1_000 - timestamp) > REPLAY_WINDOW_S) return false;
  const wanted = Buffer.from(signatureOf(secret, timestamp, given.body));
  const told = Buffer.from(given.signature);
  return told.length === wanted.length && timingSafeEqual(told, wanted);
}
