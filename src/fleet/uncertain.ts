/** Whether the sources of a price agree enough to take new risk by it. */
import type { Market } from "./market-state.ts";
import type { Fixed, Law } from "./state.ts";

/** No majority of a market's sources agrees. Never where the rules ask the venue alone. */
export const isUncertain = ({ policy }: Law, market: Fixed<Market> | undefined): boolean =>
  policy?.prices !== undefined && market?.uncertain === true;
