/** The sources of prices for eyes: what each says of a market where not all are believed. */
import type { StatusView } from "../../protocol/views.ts";
import type { Paint } from "./io.ts";
import { coinOf, plural, priceText, span } from "./numbers.ts";

type Price = NonNullable<StatusView["prices"]>[number];
type Source = Price["sources"][number];

const inDoubt = ({ uncertain, sources }: Price): boolean =>
  uncertain || sources.some(({ doubts, quarantined }) => doubts > 0 || quarantined);

/** A line each for the sources in sum and for every market where they do not all agree. */
export function priceLines({ prices, at }: StatusView, paint: Paint): string[] {
  if (prices === undefined) return [];
  const said = ({ source, price, heardAt, doubts, quarantined }: Source): string => {
    const why = quarantined ? ", counts no more" : doubts > 0 ? ", doubted" : "";
    return `${source} ${priceText(price)} (${span(Math.max(0, at - heardAt))} ago${why})`;
  };
  const apart = prices.filter(inDoubt).map((one) => {
    const head = one.uncertain
      ? paint.red(`${coinOf(one.market)} is uncertain, nothing opens`)
      : paint.yellow(`${coinOf(one.market)} at ${priceText(one.mark)}`);
    return `${head}: ${one.sources.map(said).join(", ")}`;
  });
  const agree = prices.length - apart.length;
  return [`all sources agree on ${plural(agree, "market")} of ${prices.length}`, ...apart];
}
