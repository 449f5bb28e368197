/** How many random worlds a test walks through: few in the suite, all of them when asked. */

/**
 * `FLOTILLA_LARGE=1 npx vitest run test/liquidation` runs the counts that docs/liquidation.md
 * states.
 */
export const LARGE = process.env["FLOTILLA_LARGE"] === "1";

export const count = (small: number, large: number): number => (LARGE ? large : small);
