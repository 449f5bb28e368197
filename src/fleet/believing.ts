/** Which price is believed: of the venue alone, or of several sources the one in the middle. */
import { must } from "../core/assert.ts";
import { type MarketId, type SourceId, VENUE } from "../core/ids.ts";
import { abs, type Price } from "../core/money.ts";
import { type Millis, millis } from "../core/time.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { BelievedMark } from "../protocol/events-prices.ts";
import type { PricesPolicy } from "../protocol/policy.ts";
import type { Mark } from "../protocol/reports.ts";
import { agrees, type Median, medianPrice } from "../risk/median-price.ts";
import type { Consequence, Context } from "./admission.ts";
import type { Market, Reading } from "./market-state.ts";
import type { Fixed, Law } from "./state.ts";

/** How near two doubted readings must be for the second to confirm the first: 1 %. */
const CONFIRMS = 100n;

/** What becomes of the marks of one command; `refused` is told after `believed`. */
export interface Judged {
  readonly believed: readonly BelievedMark[];
  readonly refused: readonly FleetEvent[];
}
type Judging<T> = Generator<FleetEvent, T, void>;
type Verdict = { readonly price: Price; readonly from: readonly SourceId[] } | FleetEvent;

/** One mark for each market: the newest, wherever it stands. */
function newestOf(marks: readonly Mark[]): Iterable<Mark> {
  const newest = new Map<MarketId, Mark>();
  for (const mark of marks) {
    if (mark.at >= (newest.get(mark.market)?.at ?? 0)) newest.set(mark.market, mark);
  }
  return newest.values();
}

/** Whether a price is further from the mark than one source may say at once. */
function isJump({ policy }: Law, { mark }: Fixed<Market>, now: Price): boolean {
  const jump = policy?.markJumpMax;
  if (mark === undefined || jump === undefined) return false;
  return abs(now - mark) * 1_000_000n > mark * BigInt(jump);
}

/** Why a price of one source is not believed. A jump is when the next reading says the same. */
function markFault(law: Law, held: Fixed<Market>, now: Price): string | undefined {
  if (now <= 0n) return "a price is above zero";
  if (!isJump(law, held, now)) return undefined;
  const confirmed =
    held.doubted !== undefined && abs(now - held.doubted) * CONFIRMS <= held.doubted;
  return confirmed ? undefined : `moved more than ${law.policy?.markJumpMax} ppm at once`;
}

const refusedMark = (market: MarketId, price: Price, reason: string): FleetEvent => ({
  ...{ type: "MarkRefused", market, price, reason },
});

/** The venue alone: what a source says beside it counts for nothing. */
export function ofVenue(law: Law, marks: readonly Mark[]): Judged {
  const believed: BelievedMark[] = [];
  const refused: FleetEvent[] = [];
  for (const mark of newestOf(marks.filter(({ source }) => source === undefined))) {
    const held = law.markets.get(mark.market);
    if (held === undefined || mark.at <= held.sourceAt) continue;
    const fault = markFault(law, held, mark.price);
    if (fault === undefined) believed.push(mark);
    else refused.push(refusedMark(mark.market, mark.price, fault));
  }
  return { believed, refused };
}

/** Keeps what each source said, and judges every market of which something new was said. */
export function* ofSources(
  ctx: Context,
  rules: PricesPolicy,
  marks: readonly Mark[],
): Judging<Judged> {
  const { news, refused } = newsOf(ctx, rules, marks);
  if (news.length === 0) return { believed: [], refused };
  const readings = news.map(({ market, source = VENUE, price, at }) => {
    return { market, source, price, at };
  });
  yield { type: "PricesRead", readings };
  const believed: BelievedMark[] = [];
  for (const market of new Set(news.map((mark) => mark.market))) {
    const spoke = news.filter((mark) => mark.market === market);
    const verdict = yield* judged(ctx, rules, market, spoke);
    if (verdict === undefined) continue;
    if ("type" in verdict) refused.push(verdict);
    else {
      const { rateNano } = spoke.find(({ source }) => source === undefined) ?? {};
      const rate = rateNano === undefined ? {} : { rateNano };
      believed.push({ market, ...verdict, at: timeOf(ctx, rules, market), ...rate });
    }
  }
  return { believed, refused };
}

/**
 * Of each source and market the newest, where it is newer than what that source said before. A feeder's time is
 * the true one, and what it said may have waited to be decided; the venue's is the market's.
 */
function newsOf({ law, at }: Context, rules: PricesPolicy, marks: readonly Mark[]) {
  const refused: FleetEvent[] = [];
  const news: Mark[] = [];
  for (const source of [undefined, ...rules.sources]) {
    for (const mark of newestOf(marks.filter((one) => one.source === source))) {
      const held = law.markets.get(mark.market);
      const before = held?.readings.get(source ?? VENUE);
      if (held === undefined || mark.at <= (before?.at ?? 0)) continue;
      if (source !== undefined && at - mark.at > rules.maxAgeMs) continue;
      if (mark.price > 0n) news.push(mark);
      else refused.push(refusedMark(mark.market, mark.price, "a price is above zero"));
    }
  }
  return { news, refused };
}

interface Fresh extends Reading {
  readonly source: SourceId;
}

/** The median of those that count, who is doubted by it, or what the rules say where there is none. */
function* judged(
  { law, at }: Context,
  rules: PricesPolicy,
  market: MarketId,
  spoke: readonly Mark[],
): Judging<Verdict | undefined> {
  const held = must(law.markets.get(market), "what was read is of a market");
  const fresh: Fresh[] = [...held.readings]
    .map(([source, reading]) => ({ source, ...reading }))
    .filter(({ source }) => source === VENUE || rules.sources.includes(source))
    .filter(({ heardAt }) => at - heardAt <= rules.maxAgeMs);
  const counted = fresh.filter(({ quarantined }) => !quarantined);
  const median = majority(counted, held, rules) ?? majority(fresh, held, rules);
  const news = new Set(spoke.map(({ source }) => source ?? VENUE));
  if (median === undefined) return yield* withoutMajority(law, rules, held, fresh, news);
  for (const one of fresh)
    if (news.has(one.source)) yield* trusted(rules, market, one, median.price);
  if (held.uncertain) yield { type: "PriceCertain", market, mark: median.price };
  return { price: median.price, from: median.agree.map(({ source }) => source) };
}

/** What two or more say, where more than half of them agree. */
const majority = (
  readings: readonly Fresh[],
  { mark }: Fixed<Market>,
  { divergence }: PricesPolicy,
): Median<Fresh> | undefined =>
  readings.length < 2 ? undefined : medianPrice(readings, mark, divergence);

/** Counts readings beyond the divergence, in a row. One that agrees lifts every doubt. */
function* trusted(rules: PricesPolicy, market: MarketId, one: Fresh, mark: Price): Consequence {
  const { source, price, doubts, quarantined } = one;
  const facts = { market, source, price, mark };
  if (agrees(price, mark, rules.divergence)) {
    if (doubts > 0) yield { type: "SourceBelieved", ...facts };
    return;
  }
  if (quarantined) return;
  const times = doubts + 1;
  yield { type: "SourceDoubted", ...facts, times };
  if (times >= rules.quarantineAfter) yield { type: "SourceQuarantined", ...facts, times };
}

/** Who speaks alone, or the venue, where the rules follow one source; else the last mark stands. */
function* withoutMajority(
  law: Law,
  rules: PricesPolicy,
  held: Fixed<Market>,
  fresh: readonly Fresh[],
  news: ReadonlySet<SourceId>,
): Judging<Verdict | undefined> {
  const { market } = held.policy;
  const counted = fresh.filter(({ quarantined }) => !quarantined);
  const one = counted.length === 1 ? counted[0] : counted.find(({ source }) => source === VENUE);
  if (rules.alone === "follow" && one !== undefined) {
    // Looked at again because another spoke, its old reading confirms no jump.
    if (!news.has(one.source) && isJump(law, held, one.price)) return undefined;
    const fault = markFault(law, held, one.price);
    if (fault !== undefined) return refusedMark(market, one.price, fault);
    if (held.uncertain) yield { type: "PriceCertain", market, mark: one.price };
    return { price: one.price, from: [one.source] };
  }
  if (!held.uncertain) {
    const said = fresh.map(({ source, price }) => ({ source, price }));
    yield { type: "PriceUncertain", market, said };
  }
  return undefined;
}

/**
 * Market time of a believed mark: the venue's, for sources have clocks of their own; while the venue is
 * silent, its last and what has passed since. Never back.
 */
function timeOf({ law, at }: Context, { maxAgeMs }: PricesPolicy, market: MarketId): Millis {
  const held = must(law.markets.get(market), "what is believed is of a market");
  const venue = held.readings.get(VENUE);
  const heard = venue !== undefined && at - venue.heardAt <= maxAgeMs;
  return millis(Math.max(held.sourceAt, heard ? venue.at : held.sourceAt + at - held.markAt));
}
