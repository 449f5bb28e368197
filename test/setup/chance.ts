/**
 * Gives every property one seed, so that a suite that passed passes again on the same sources.
 * `FLOTILLA_CHANCE=random npm test` looks elsewhere each time; a number repeats such a run.
 */
import fc from "fast-check";

const DEFAULT_SEED = 20_251_010;
const asked = process.env["FLOTILLA_CHANCE"];

if (asked !== "random") {
  const seed = asked === undefined ? DEFAULT_SEED : Number(asked);
  if (!Number.isInteger(seed))
    throw new Error(`FLOTILLA_CHANCE is "random" or an integer, not ${asked}`);
  fc.configureGlobal({ seed });
}
