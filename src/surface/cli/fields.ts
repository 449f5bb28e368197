/** Reads the fields of a public event without trusting what stands in them. */
import type { PublicEvent } from "../../protocol/public.ts";
import { plainText } from "./numbers.ts";

/** A field as plain text; "" when it is not there. */
export function text(event: PublicEvent, field: string): string {
  const value = event[field];
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? plainText(String(value))
    : "";
}

/** A number field or decimal text as a number for eyes; 0 when it is none. */
export function number(event: PublicEvent, field: string): number {
  const value = Number(event[field] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

/** The values of a map such as a bet's parameters, in order. */
export function values(event: PublicEvent, field: string): string {
  const value = event[field];
  if (value === null || typeof value !== "object") return "";
  return plainText(Object.values(value).map(String).join(" "));
}

const isPublicEvent = (value: unknown): value is PublicEvent => {
  const event = value as Partial<PublicEvent> | null;
  return (
    typeof event === "object" &&
    event !== null &&
    typeof event.id === "string" &&
    typeof event.type === "string" &&
    typeof event.agent === "string" &&
    Number.isSafeInteger(event.seq) &&
    Number.isFinite(event.time)
  );
};

/** Reads one message of an event subject. None: undefined for anything else. */
export function readEvent(bytes: Uint8Array): PublicEvent | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isPublicEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
