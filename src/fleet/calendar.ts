/** The buffer around announced events: how much leverage a position may be opened with at a time. */
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";

/** The least of all events whose window holds `at`, both ends included. None: infinite. */
export const leverageAt = (rules: CrisisPolicy | undefined, at: number): number =>
  (rules?.calendar ?? [])
    .filter((event) => at >= event.at - event.beforeMs && at <= event.at + event.afterMs)
    .reduce((least, { maxLeverage }) => Math.min(least, maxLeverage), Number.POSITIVE_INFINITY);
