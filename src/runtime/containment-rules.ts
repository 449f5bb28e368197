/** How often within how long an agent may misbehave before it is contained, as the fleet file says it. */
import { z } from "zod";
import { durationField } from "../protocol/fields.ts";
import type { ContainCause } from "../protocol/words.ts";

/** So many within so long is too many. */
export interface Bound {
  readonly count: number;
  readonly windowMs: number;
}
interface ContainRule extends Bound {
  /** A longer window, for what never comes fast and never ends. */
  readonly slowly?: Bound;
}
export type Containment = Readonly<Record<ContainCause, ContainRule>>;

const DAY_MS = 86_400_000;

const bound = (count: number, windowMs: number) =>
  z.strictObject({
    count: z.number().int().min(1).default(count),
    windowMs: durationField.default(windowMs),
  });

const tooMany = (count: number, windowMs: number) => bound(count, windowMs).prefault({});

/** An honest agent with a bug stays below the defaults; who passes them will not stop by itself. */
export const CONTAINMENT_FIELDS = z.strictObject({
  flood: tooMany(500, 1_000),
  nonsense: tooMany(100, 60_000),
  forgery: tooMany(20, 60_000),
  failing: tooMany(5, 600_000),
  lies: bound(50, 60_000)
    .extend({ slowly: tooMany(500, DAY_MS) })
    .prefault({}),
});
