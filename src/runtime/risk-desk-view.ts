/** The desk's measures as observers read them: the light part each time, the heavy part at a slower rate. */
import { formatMicro, max, toFloat, USDC_DECIMALS, ZERO } from "../core/money.ts";
import { ONE, type Ppm, share, toFraction } from "../core/ppm.ts";
import { ownedOf } from "../fleet/ledger.ts";
import type { Law } from "../fleet/state.ts";
import { collateralValue } from "../fleet/totals.ts";
import type { MeasuresView, SurvivalView } from "../protocol/risk-view.ts";
import { effectiveBets } from "../risk/correlation.ts";
import { covarianceOf } from "../risk/covariance.ts";
import { exposureOf } from "../risk/fleet-var.ts";
import { fleetComponents, fleetEs, fleetVar } from "../risk/fleet-var-measures.ts";
import { type Health, health } from "../risk/health.ts";
import { maintenanceMargin } from "../risk/margin.ts";
import type { Measured } from "../risk/refusal.ts";
import { REGIME_EFFECTS } from "../risk/regime.ts";
import { reverseStress, type StressBook, type StressRow, survivalTable } from "../risk/stress.ts";
import { SCENARIOS } from "../risk/stress-scenarios.ts";
import { downText, microUp, partsOf, ppmDown, ppmUp, shown, upText } from "./risk-desk-numbers.ts";
import type { Desk } from "./risk-desk-parts.ts";
import { reserveView } from "./risk-desk-reserve.ts";
import { ASSUMPTIONS } from "./risk-desk-stressed.ts";
import { backtestViews, driftView } from "./risk-desk-words.ts";

/** Agents named in the components; the rest is told as one. */
const NAMED_MAX = 32;
/** Scenarios told. */
const SURVIVAL_MAX = 5;
const TAIL_975 = 25_000 as Ppm;
/** Where a scenario does not name the dollar's coin, it holds. */
const HOLDING = SCENARIOS.map((one) => ({ ...one, moves: { USDC: 0, ...one.moves } }));

/** Equity, maintenance and exposures of the fleet's net book, in USDC. */
interface Footing {
  readonly equity: number;
  readonly collateral: number;
  readonly reserved: number;
  readonly maintenance: number;
  readonly gross: number;
  readonly net: number;
}

/** What is made at the slow rate. */
export interface SlowView {
  readonly survival: readonly SurvivalView[];
  readonly worst: StressRow | undefined;
  readonly breakingMove: number | undefined;
  readonly bets: number | undefined;
  readonly notes: readonly string[];
}

const usdc = (amount: bigint): number => toFloat(amount, USDC_DECIMALS);
/** Margin and value of one market's net position. Rounding: up. */
function marginOf({ book }: Desk, market: number): { value: number; maintenance: number } {
  const value = exposureOf(book.fleet, market);
  const tiers = book.markets[market]?.policy.tiers ?? [];
  if (value === 0 || tiers.length === 0) return { value, maintenance: 0 };
  return { value, maintenance: usdc(maintenanceMargin(tiers, microUp(Math.abs(value)))) };
}

function footingOf(desk: Desk, law: Law): Footing {
  let [maintenance, gross, net] = [0, 0, 0];
  for (let market = 0; market < desk.book.markets.length; market++) {
    const one = marginOf(desk, market);
    maintenance += one.maintenance;
    gross += Math.abs(one.value);
    net += one.value;
  }
  // The collateral counts losses of the open book and no gains: its equity counts both.
  const equity = usdc(law.collateral + max(law.unrealized, ZERO));
  const reserved = usdc(law.reserved);
  return { equity, collateral: usdc(law.collateral), reserved, maintenance, gross, net };
}

/** What the fleet's own coins and its net positions would do in a crash. */
function stressBook(desk: Desk, law: Law, equity: number): StressBook {
  const positions = desk.book.markets.flatMap(({ policy }, market) => {
    const { value, maintenance } = marginOf(desk, market);
    if (value === 0) return [];
    const maintenanceRate = Math.min(1, maintenance / Math.abs(value));
    return [{ asset: policy.base as string, notional: value, maintenanceRate }];
  });
  const collateral = [...law.assets.values()].flatMap((asset) => {
    const value = usdc(collateralValue(law, asset, ownedUnits(law, asset.asset)));
    return value > 0 ? [{ asset: asset.asset as string, value }] : [];
  });
  return { equity, positions, collateral };
}

const ownedUnits = (law: Law, asset: Parameters<typeof ownedOf>[1]) =>
  ownedOf(law.ledger, asset) as Parameters<typeof collateralValue>[2];

/** Bounded work: one pass over the positions, one over the scenarios, one matrix of the assets. */
export function slowView(desk: Desk, law: Law): SlowView {
  const { book, scenarios, stressed } = desk;
  book.refresh();
  const { equity } = footingOf(desk, law);
  const stressable = stressBook(desk, law, equity);
  const table = survivalTable(stressable, HOLDING);
  const spare = (row: StressRow): number => row.equity - row.maintenance;
  const rows = table.ok ? [...table.value.rows].sort((a, b) => spare(a) - spare(b)) : [];
  const direction = Object.fromEntries(
    [...stressable.positions, ...(stressable.collateral ?? [])]
      .filter(({ asset }) => asset !== "USDC")
      .map(({ asset }) => [asset, 1]),
  );
  const breaking = reverseStress(stressable, direction);
  const bets =
    stressed.correlation.ok &&
    betsOf(book.exposures(scenarios.assets.length, false), desk, stressed.correlation.value);
  return {
    survival: rows.slice(0, SURVIVAL_MAX).map(({ name, pnl, equity: left, survives }) => ({
      ...{ name, pnl: downText(pnl), equity: downText(left), survives },
    })),
    worst: table.ok ? table.value.worst : undefined,
    breakingMove: breaking.ok ? shown(breaking.value.size) : undefined,
    bets: bets === false ? undefined : bets,
    notes: proxyNotes(desk),
  };
}

function betsOf(
  exposures: Float64Array,
  { scenarios }: Desk,
  correlation: readonly (readonly number[])[],
): number | undefined {
  const covariance = covarianceOf(scenarios.volatilities, correlation as number[][]);
  if (!covariance.ok) return undefined;
  const told = effectiveBets(exposures, covariance.value);
  return told.ok ? shown(told.value) : undefined;
}

/** Parts by agent, largest first; beyond the limit they are one. They add up to the VaR. */
function componentsOf({ book }: Desk, tail: Ppm): MeasuresView["components"] {
  const parts = fleetComponents(book.fleet, tail);
  if (!parts.ok) return undefined;
  const { var: total, varByAgent } = parts.value;
  const lines = [...varByAgent]
    .map((part, i) => ({ agent: book.agents[i] as string, part }))
    .filter(({ part }) => part !== 0)
    .sort((a, b) => Math.abs(b.part) - Math.abs(a.part));
  const named = lines.slice(0, NAMED_MAX);
  const rest = lines.slice(NAMED_MAX).reduce((sum, { part }) => sum + part, 0);
  const told = lines.length > NAMED_MAX ? [...named, { agent: "others", part: rest }] : named;
  const amounts = partsOf(
    microUp(total),
    told.map(({ part }) => part),
  );
  return told.map(({ agent }, i) => ({ agent, var: formatMicro(amounts[i] ?? ZERO) }));
}

function proxyNotes({ book, scenarios }: Desk): string[] {
  const notes = book.markets.flatMap(({ policy, stand }) =>
    stand.proxy
      ? [`${policy.market} has no history: ${scenarios.assets[stand.asset]} stands for it`]
      : [],
  );
  if (book.fleet.blind > 0) notes.push(`${book.fleet.blind} held markets have no mark yet`);
  return notes;
}

/** One pass over the markets and one over the positions, without a scan of the days for any. */
export function lightView(desk: Desk, law: Law, slow: SlowView): MeasuresView {
  const { scenarios, watch } = desk;
  const footing = footingOf(desk, law);
  const facts = watch.judge();
  const limit = law.policy?.varLimit;
  const effect = REGIME_EFFECTS[law.regime];
  const { equity, maintenance, gross } = footing;
  const told = tailsOf(desk, law);
  const components = componentsOf(desk, desk.tail);
  const reserve = reserveView(desk, law);
  return {
    method: "historical simulation of the net positions; coins of the wallet are in the survival",
    horizon: "1 day",
    window: scenarios.count,
    ...{ from: scenarios.from, to: scenarios.to },
    ...told.view,
    ...(limit === undefined
      ? {}
      : { limit: formatMicro(share(max(law.collateral, ZERO), limit, "floor")) }),
    ...(reserve === undefined ? {} : { reserve }),
    ...(components === undefined ? {} : { components }),
    equity: downText(equity),
    maintenance: upText(maintenance),
    ...(equity > 0 ? { maintenanceRatio: ppmUp(maintenance / equity) } : {}),
    ...(gross > 0 ? { equityRatio: ppmDown(equity / gross) } : {}),
    health: healthOf(footing, slow),
    survival: slow.survival,
    ...(slow.breakingMove === undefined ? {} : { breakingMove: slow.breakingMove }),
    ...(slow.bets === undefined ? {} : { effectiveBets: slow.bets }),
    regime: {
      now: law.regime,
      volatility: effect.volatility,
      pull: effect.pull,
      averageCorrelation: shown(toFraction(facts.averageCorrelation)),
      worstDay: shown(toFraction(facts.worstDay)),
      volatilityRatio: shown(toFraction(facts.volatilityRatio)),
      reason: facts.reason,
    },
    drift: driftView(watch),
    backtests: backtestViews(watch),
    notes: [...slow.notes, ...told.notes],
  };
}

type Tails = Pick<MeasuresView, "tails" | "es975" | "stressed" | "worse">;

/** VaR and ES replayed and stressed, and which of the two is worse. */
function tailsOf(desk: Desk, law: Law): { view: Tails; notes: string[] } {
  const { book, tail, stressed, scenarios } = desk;
  const notes: string[] = [];
  const kept = <T>(what: string, told: Measured<T>): T | undefined => {
    if (!told.ok) notes.push(`${what} is not measured: ${told.reason}`);
    return told.ok ? told.value : undefined;
  };
  const asked = [...new Set([tail, ...[10_000, 50_000]])] as Ppm[];
  const losses = asked.map((one) => ({ tail: one, told: fleetVar(book.fleet, one) }));
  const tails = losses.flatMap(({ tail: one, told }) =>
    told.ok ? [{ level: ONE - one, var: upText(told.value) }] : [],
  );
  const replayed = kept("value at risk", losses[0]?.told ?? fleetVar(book.fleet, tail));
  const es = kept("the shortfall", fleetEs(book.fleet, TAIL_975));
  const exposures = book.exposures(scenarios.assets.length, false);
  const worst = kept("stressed value at risk", stressed.measure(exposures, tail, law.regime));
  const view: Tails = {
    ...(tails.length === 0 ? {} : { tails }),
    ...(es === undefined ? {} : { es975: upText(es) }),
    ...(worst === undefined
      ? {}
      : {
          stressed: {
            regime: worst.regime,
            assumption: ASSUMPTIONS[worst.worst],
            var: upText(worst.var),
          },
        }),
    ...(replayed === undefined || worst === undefined ? {} : worse(replayed, worst)),
  };
  return { view, notes };
}

function worse(
  replayed: number,
  stressed: {
    readonly var: number;
    readonly regime: string;
    readonly worst: keyof typeof ASSUMPTIONS;
  },
): Pick<Tails, "worse"> {
  if (stressed.var <= replayed) {
    const why = "the worst of the replayed days cost more than the stressed weather";
    return { worse: { measure: "historical simulation", var: upText(replayed), why } };
  }
  const why = `${stressed.regime}: wider volatilities, ${ASSUMPTIONS[stressed.worst]}`;
  return { worse: { measure: "stressed", var: upText(stressed.var), why } };
}

function healthOf(footing: Footing, { worst }: SlowView): MeasuresView["health"] {
  const { equity, collateral, reserved, maintenance, net } = footing;
  const told: Measured<Health> = health({
    ...{ equity, collateral, reserved, maintenance, netExposure: net },
    stressedEquity: worst?.equity ?? equity,
    stressedMaintenance: worst?.maintenance ?? maintenance,
  });
  if (!told.ok) return { level: "not measured", rows: [] };
  const rows = told.value.rows.map((row) => ({
    ...row,
    // Nothing to maintain reads as the largest number there is: no number to show.
    value: row.value === undefined || row.value > 1e9 ? undefined : shown(row.value),
  }));
  return { level: told.value.level, rows };
}
