/** What the risk desk is put together from. */
import type { Ppm } from "../core/ppm.ts";
import type { RiskBook } from "./risk-desk-book.ts";
import type { Scenarios } from "./risk-desk-scenarios.ts";
import type { StressedDesk } from "./risk-desk-stressed.ts";
import type { Watch } from "./risk-desk-watch.ts";

/** What the desk works with while there are rules: made anew when they change. */
export interface Desk {
  readonly book: RiskBook;
  readonly watch: Watch;
  readonly scenarios: Scenarios;
  readonly stressed: StressedDesk;
  readonly tail: Ppm;
}
