/** What protects a position beside its stop at the venue: margin, liquidation price, queue and drawdown. */
import { formatPrice, type Micro, micro, min, type Price, price } from "../../src/core/money.ts";
import { type Ppm, ppm } from "../../src/core/ppm.ts";
import type { AgentView, MarketView, PositionView } from "../../src/protocol/views.ts";
import {
  type LiquidationQuery,
  liquidationPrice,
  requirementAt,
} from "../../src/risk/liquidation-price.ts";
import type { MarginTier } from "../../src/risk/margin.ts";
import { priceOf, qtyOf, usdcFloat, usdcOf } from "../../src/sdk/amounts.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import type { TradingConfig } from "./config.ts";

/** How a position stands: nothing to do, half of it should go, all of it must. */
export type Alarm =
  | { readonly level: "none" }
  | { readonly level: "soft" | "hard"; readonly why: string };

const NONE: Alarm = { level: "none" };

const millionths = (share: number): Ppm => ppm(Math.round(share * 1e6));

const tiersOf = ({ tiers = [] }: MarketView): readonly MarginTier[] =>
  tiers.map(({ upTo, initial, maintenance }) => ({
    upTo: upTo === undefined ? undefined : usdcOf(upTo),
    initial: ppm(initial),
    maintenance: ppm(maintenance),
  }));

/** Funding that was paid is gone from behind a position; what was received is not counted on. */
const fundingOf = ({ funding = "0" }: PositionView): Micro => min(usdcOf(funding), micro(0n));

/** What it will pay until the next payments are over, as a share of its notional. */
export function fundingAhead(
  { funding = 0 }: MarketView,
  size: bigint,
  config: TradingConfig,
): number {
  const pays = size > 0n ? funding : -funding;
  return Math.min(1, Math.max(0, pays) * 1e-9 * config.fundingAhead);
}

/** The position as the liquidation price is asked for: its own margin, funding taken off. */
function queryOf(
  position: PositionView,
  market: MarketView,
  config: TradingConfig,
): LiquidationQuery | undefined {
  const tiers = tiersOf(market);
  const [size, entry] = [qtyOf(position.qty), priceOf(position.entry)];
  if (tiers.length === 0 || size === 0n || entry <= 0n) return undefined;
  return {
    ...{ size, entry, tiers },
    collateral: micro(usdcOf(position.margin) + fundingOf(position)),
    surcharge: {
      closeFee: ppm(market.takerFee),
      projectedFunding: millionths(fundingAhead(market, size, config)),
      slippage: millionths(config.slippage),
    },
  };
}

/**
 * The price at which a position counts as liquidated: fee, funding and slippage inside the true one.
 *
 * None: undefined where it has none, or where the fleet does not tell its brackets.
 */
export function bufferedLiquidation(
  position: PositionView,
  market: MarketView,
  config: TradingConfig,
): Price | undefined {
  const query = queryOf(position, market, config);
  const answer = query === undefined ? undefined : liquidationPrice(query);
  return answer?.ok ? answer.value : undefined;
}

/** What stands behind a position over its maintenance margin. None: undefined where that is not told. */
export function coverOf(position: PositionView, market: MarketView): number | undefined {
  const equity = usdcOf(position.margin) + usdcOf(position.unrealized) + fundingOf(position);
  const told = position.maintenance === undefined ? 0n : usdcOf(position.maintenance);
  const needed = told > 0n ? told : maintenanceOf(position, market);
  return needed > 0n ? usdcFloat(micro(equity)) / usdcFloat(micro(needed)) : undefined;
}

function maintenanceOf(position: PositionView, market: MarketView): bigint {
  const tiers = tiersOf(market);
  const mark = priceOf(market.mark);
  if (tiers.length === 0 || mark <= 0n) return 0n;
  const size = qtyOf(position.qty);
  return requirementAt({ size, entry: mark, collateral: micro(0n), tiers }, mark);
}

/**
 * The alarm of one position, the worst first: its margin against both stops, the mark against the
 * buffered liquidation price, its place in the deleveraging queue.
 */
export function alarmOf(
  position: PositionView | undefined,
  market: MarketView,
  config: TradingConfig,
): Alarm {
  if (position === undefined) return NONE;
  const cover = coverOf(position, market);
  if (cover !== undefined && cover <= config.hardStop) {
    return { level: "hard", why: `hard stop: ${cover.toFixed(2)} of its maintenance` };
  }
  const at = bufferedLiquidation(position, market, config);
  const mark = priceOf(market.mark);
  const size = qtyOf(position.qty);
  if (at !== undefined && (size > 0n ? mark <= at : mark >= at)) {
    return {
      level: "hard",
      why: `the mark is within the buffer of liquidation, ${formatPrice(at)}`,
    };
  }
  if (cover !== undefined && cover <= config.softStop) {
    return { level: "soft", why: `soft stop: ${cover.toFixed(2)} of its maintenance` };
  }
  return queueAlarm(position, config);
}

/** Among the first of those that the venue would deleverage, by rank or by what goes before it. */
function queueAlarm({ adl }: PositionView, { adlRank, adlAhead }: TradingConfig): Alarm {
  if (adl === undefined) return NONE;
  const { lights, ahead } = adl;
  if (lights >= adlRank) {
    return { level: "soft", why: `rank ${lights} of 5 in the deleveraging queue` };
  }
  if (adlAhead === 0 || ahead > millionths(adlAhead)) return NONE;
  const part = (ahead / 10_000).toFixed(1);
  return { level: "soft", why: `${part} % of its side goes before it in the deleveraging queue` };
}

/**
 * Brings the native stop in where funding or a top-up left it beyond the buffered liquidation price:
 * to a quarter of the way from there to the mark.
 */
export function stopMove(
  position: PositionView | undefined,
  market: MarketView,
  config: TradingConfig,
): Intent | undefined {
  if (position?.phase !== "protected") return undefined;
  const at = bufferedLiquidation(position, market, config);
  const [stop, mark, tick] = [priceOf(position.stop), priceOf(market.mark), priceOf(market.tick)];
  if (at === undefined || stop <= 0n || tick <= 0n) return undefined;
  const long = qtyOf(position.qty) > 0n;
  if (long ? stop > at || at >= mark : stop < at || at <= mark) return undefined;
  const wanted = at + (mark - at) / 4n;
  const onTick = price((wanted / tick) * tick);
  const better = long ? onTick > stop && onTick < mark : onTick < stop && onTick > mark;
  if (!better) return undefined;
  return { command: "MoveStop", body: { market: market.market, stop: formatPrice(onTick) } };
}

/** Where it stands on its own ladder: the highest result of its delegation, and the rung it is on. */
export interface Ladder {
  readonly peak: number;
  /** 0: on the ground. */
  readonly rung: number;
}

/** Realized and unrealized result since it was enrolled, in USDC. */
const resultOf = (view: AgentView): number =>
  usdcFloat(usdcOf(view.pnl["total"] ?? "0")) +
  view.positions.reduce((sum, { unrealized }) => sum + usdcFloat(usdcOf(unrealized)), 0);

/**
 * Down a rung as soon as its drawdown is reached; up again when half of that is made good, so that a
 * result near a rung does not trade to and fro. The highest result is the books', which no start forgets; of a
 * fleet that tells none it is the highest that was seen. At a new start the books' lowest since then says how deep it
 * stood: it may be a rung too deep where it had climbed and fallen again, and never one too high.
 */
export function ladderAt(
  before: Ladder | undefined,
  view: AgentView,
  { ladder }: TradingConfig,
): Ladder {
  const result = resultOf(view);
  const told = view.delegation?.peak;
  const peak = Math.max(
    told === undefined ? (before?.peak ?? result) : usdcFloat(usdcOf(told)),
    result,
  );
  const cap = usdcFloat(usdcOf(view.delegation?.cap ?? "0"));
  if (cap <= 0) return { peak, rung: before?.rung ?? 0 };
  const lost = (peak - result) / cap;
  const passed = (part: number): number => ladder.filter(({ drawdown }) => part >= drawdown).length;
  const reached = passed(lost);
  const left = ladder.filter(({ drawdown }) => lost >= drawdown / 2).length;
  const trough = usdcFloat(usdcOf(view.delegation?.trough ?? view.delegation?.peak ?? "0"));
  const stood = before?.rung ?? (told === undefined ? 0 : passed((peak - trough) / cap));
  return { peak, rung: Math.max(reached, Math.min(stood, left)) };
}

/** Part of the full size that its rung leaves. */
export const keptOn = ({ rung }: Ladder, { ladder }: TradingConfig): number =>
  rung === 0 ? 1 : (ladder[rung - 1]?.keeps ?? 1);

/**
 * Maintenance over equity, in ppm: its own, and what alerts tell of the fleet's where losses are borne together. An
 * isolated agent's positions no margin of the fleet's touches.
 */
function strainOf({ margin, delegation }: AgentView): number {
  const told = delegation?.mode === "cross" ? margin.duties : [];
  return Math.max(margin.maintenanceRatio, ...told.map(({ passed }) => passed ?? 0));
}

/** The rung of its margin ladder that it stands on. None: undefined below all of them. */
export function strainedTo(
  view: AgentView,
  { marginLadder }: TradingConfig,
): { readonly gives: number; readonly why: string } | undefined {
  const strain = strainOf(view);
  const rung = marginLadder.findLast(({ maintenance }) => strain >= millionths(maintenance));
  if (rung === undefined) return undefined;
  const [at, gives] = [rung.maintenance, rung.gives].map((part) => Math.round(part * 100));
  return {
    gives: rung.gives,
    why: `maintenance is at ${at} % of equity or above: ${gives} % of it goes`,
  };
}
