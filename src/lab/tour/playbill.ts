/** The acts in their order. */
import type { Act } from "./act.ts";
import { ALERTS } from "./acts/alerts.ts";
import { CAPS } from "./acts/caps.ts";
import { DEBTS } from "./acts/debts.ts";
import { EVENT } from "./acts/event.ts";
import { FALL } from "./acts/fall.ts";
import { FUND } from "./acts/fund.ts";
import { KILLS } from "./acts/kills.ts";
import { LOSSES } from "./acts/losses.ts";
import { NARROW } from "./acts/narrow.ts";
import { PATIENCE } from "./acts/patience.ts";
import { QUEUE } from "./acts/queue.ts";
import { STOPS } from "./acts/stops.ts";

export const ACTS: readonly Act[] = [
  ...[FALL, PATIENCE, NARROW, ALERTS, STOPS, LOSSES, EVENT, QUEUE, FUND, CAPS, DEBTS, KILLS],
];
