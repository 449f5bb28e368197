/** What in a public event shows that a policy was at work. */
import type { PublicEvent } from "../../protocol/public.ts";
import { ZONES } from "../../protocol/words.ts";

export type Sign = (event: PublicEvent) => boolean;

export interface Policy {
  readonly name: string;
  /** Where its parameters stand in a fleet file's `policy`, or what commands it. */
  readonly field: string;
  readonly does: string;
  readonly fires: Sign;
}

export const text = (event: PublicEvent, field: string): string => String(event[field] ?? "");
export const num = (event: PublicEvent, field: string): number => Number(event[field] ?? 0);
export const rows = (event: PublicEvent, field: string): number => {
  const held = event[field];
  return Array.isArray(held) ? held.length : 0;
};

const always: Sign = () => true;

/** An event of this type, about which something more is true. */
export const type =
  (name: string, also: Sign = always): Sign =>
  (event) =>
    event.type === name && also(event);

export const refusal = (code: string, also: Sign = always): Sign =>
  type("Rejected", (e) => text(e, "code") === code && also(e));

/** An order of the coordinator's own, for this cause. */
export const sends = (cause: string): Sign =>
  type("OrderApproved", (e) => text(e, "forced") === cause);

/** Is the second zone the worse one? */
export const rose = (from: string, to: string): boolean =>
  ZONES.indexOf(to as never) > ZONES.indexOf(from as never);
