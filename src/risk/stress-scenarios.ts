/** Stress scenarios by name: crashes that happened, and moves made up to find a weak side. */
import type { StressScenario } from "./stress.ts";

const fall = (name: string, moves: Readonly<Record<string, number>>, other: number) =>
  ({ name, moves, other, vol: 0.5 }) satisfies StressScenario;

/**
 * Crashes, each from the close before to the lowest price of the days named. `other` is the worst
 * of the assets named, or worse where smaller coins are known to have fallen further.
 *
 * Source: daily bars of BTC, ETH, BNB and SOL (MIT, zaskap/ts_foundational_models_...; composite
 * prices) up to 2024; hourly bars of Binance perpetuals for October 2025, where the median of 33
 * markets fell by 63 %.
 */
export const HISTORICAL: readonly StressScenario[] = [
  fall("covid 2020-03-12", { BTC: -0.3857, ETH: -0.4293, BNB: -0.4239 }, -0.45),
  fall("china ban 2021-05-19", { BTC: -0.285, ETH: -0.4224, BNB: -0.442, SOL: -0.4736 }, -0.5),
  fall("luna 2022-05-09..12", { BTC: -0.2263, ETH: -0.3055, BNB: -0.3912, SOL: -0.4942 }, -0.5),
  fall("celsius 2022-06-13", { BTC: -0.1727, ETH: -0.1822, BNB: -0.1615, SOL: -0.1497 }, -0.2),
  fall("ftx 2022-11-08..09", { BTC: -0.2388, ETH: -0.3094, BNB: -0.2234, SOL: -0.5775 }, -0.58),
  fall("yen 2024-08-05", { BTC: -0.1548, ETH: -0.2099, BNB: -0.1801, SOL: -0.1988 }, -0.25),
  fall("tariff 2025-10-10", { BTC: -0.165, ETH: -0.2212, SOL: -0.3601 }, -0.63),
];

const all = (name: string, move: number, vol: number): StressScenario => ({
  name,
  moves: {},
  other: move,
  vol,
});

/** The six scenarios of the requirements text, then larger moves and broken hedges. */
export const SYNTHETIC: readonly StressScenario[] = [
  all("crash -20%", -0.2, 0.4),
  all("sell-off -10%", -0.1, 0.25),
  all("dip -5%", -0.05, 0.1),
  all("rally +5%", 0.05, 0.1),
  all("squeeze +10%", 0.1, -0.15),
  all("melt-up +20%", 0.2, -0.25),
  all("collapse -50%", -0.5, 1),
  all("short squeeze +50%", 0.5, 0.5),
  { name: "bitcoin holds, alts fall", moves: { BTC: 0, ETH: -0.2 }, other: -0.35, vol: 0.3 },
  { name: "bitcoin falls, alts hold", moves: { BTC: -0.2, ETH: -0.1 }, other: 0, vol: 0.3 },
  { name: "hedge breaks: ether up", moves: { BTC: -0.1, ETH: 0.1 }, other: 0, vol: 0.2 },
  { name: "stablecoin breaks", moves: { USDC: -0.12, USDT: -0.12 }, other: -0.05, vol: 0.2 },
];

/** Both lists. USDC traded near 0.88 on 11 March 2023. */
export const SCENARIOS: readonly StressScenario[] = [...HISTORICAL, ...SYNTHETIC];

/** A scenario by its name. None: undefined when there is none of that name. */
export const scenarioNamed = (name: string): StressScenario | undefined =>
  SCENARIOS.find((scenario) => scenario.name === name);
