/** How the services' results move together: measured from the hours that the fleet has been through. */
import { toFloat, USDC_DECIMALS } from "../core/money.ts";
import type { TogetherView } from "../protocol/margin-view.ts";
import { SERVICES, type Service } from "../protocol/words.ts";
import { correlation } from "../risk/correlation.ts";
import { correlationInterval } from "../risk/correlation-compare.ts";
import type { Law } from "./state.ts";

/** Fewer hours say nothing. */
const HOURS_MIN = 24;

/** Two of this many decimals are told apart on any machine. */
const told = (value: number): number => Math.round(value * 10_000) / 10_000;

/**
 * The result of each hour, a service a list. An hour without an event before it, as when no coordinator led, is of
 * unknown length and no sample.
 */
function hourlyResults({ past: { hours } }: Law): Readonly<Record<Service, readonly number[]>> {
  const of = (service: Service): number[] =>
    hours.flatMap(({ hour, results }, i) => {
      const before = hours[i - 1];
      if (before?.hour !== hour - 1) return [];
      return [toFloat(results[service] - before.results[service], USDC_DECIMALS)];
    });
  return {
    ...{ trading: of("trading"), casino: of("casino"), escrow: of("escrow") },
    ...{ lending: of("lending"), domains: of("domains") },
  };
}

/** Each service but trading beside trading: how many hours, and the correlation where they suffice. */
export function togetherView(law: Law): readonly TogetherView[] {
  const hourly = hourlyResults(law);
  const hours = hourly.trading.length;
  return SERVICES.filter((service) => service !== "trading").map((service): TogetherView => {
    const found = hours < HOURS_MIN ? undefined : correlation(hourly.trading, hourly[service]);
    if (found?.ok !== true) return { service, hours };
    const within = correlationInterval(found.value, hours);
    const ends = within.ok ? { low: told(within.value.low), high: told(within.value.high) } : {};
    return { service, hours, correlation: told(found.value), ...ends };
  });
}
