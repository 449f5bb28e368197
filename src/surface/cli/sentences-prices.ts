/** What sources say of prices, in words. */
import type { PublicEvent } from "../../protocol/public.ts";
import { number, text } from "./fields.ts";
import { coinOf, plural, priceText } from "./numbers.ts";

type Say = (event: PublicEvent) => string;

const of: Say = (e) => coinOf(text(e, "market"));
const price: Say = (e) => priceText(text(e, "price"));
const mark: Say = (e) => priceText(text(e, "mark"));

/** What each of them says; "" of a field that is none. */
function eachSaid({ said }: PublicEvent): string {
  if (!Array.isArray(said)) return "";
  return (said as readonly PublicEvent[])
    .map((one) => `${text(one, "source")} ${price(one)}`)
    .join(", ");
}

/** By type of event. */
export const PRICE_SENTENCES = {
  PricesRead: ({ readings }) =>
    `sources said ${plural(Array.isArray(readings) ? readings.length : 0, "price")}`,
  SourceDoubted: (e) =>
    `${text(e, "source")} is not believed: ${price(e)} for ${of(e)} at ${mark(e)}` +
    (number(e, "times") > 1 ? `, ${number(e, "times")} times in a row` : ""),
  SourceQuarantined: (e) =>
    `${text(e, "source")} counts no more for ${of(e)} until it agrees again: ${price(e)} at ` +
    `${mark(e)}, ${number(e, "times")} times in a row`,
  SourceBelieved: (e) => `${text(e, "source")} agrees again on ${of(e)}: ${price(e)} at ${mark(e)}`,
  PriceUncertain: (e) =>
    `the price of ${of(e)} is uncertain: its sources do not agree (${eachSaid(e)}); ` +
    "its last mark stands, and nothing opens",
  PriceCertain: (e) => `the price of ${of(e)} is certain again: ${mark(e)}`,
} satisfies Readonly<Record<string, Say>>;
