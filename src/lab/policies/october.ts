/** October 2025 with the demo's fleet: its collateral, agents and markets, lent out to orange. */
import { must } from "../../core/assert.ts";
import { ONE } from "../../core/ppm.ts";
import type { FleetFile } from "../../runtime/fleet-file.ts";
import type { Crisis, CrisisAgent, CrisisMarket, CrisisPosition } from "./crisis.ts";
import { hourOf, marketOf, type Window } from "./windows.ts";

/** What the demo's trading agent trades, each with an equal share (agents/trading/config.ts). */
const TRADED: readonly string[] = ["BTC", "ETH", "BNB", "XRP"];
/** The demo has about 23,000 USDC: no market feels its orders. So the whole fleet is as many times. */
const SCALE = 500;
/** Margin bound over equity at the first step. The demo's own caps bind a fifth, and call nobody. */
const BEGINS = 0.8;
const CROWD = 6;

/** A market by the demo's rules, with the depth that markets of its size have. */
function marketsOf(file: FleetFile, window: Window, leverage: number): CrisisMarket[] {
  const first = window.prices[0] ?? [];
  return window.coins.map((coin, m) => {
    const known = marketOf(coin, first[m] ?? 1);
    const rules = file.policy.markets.find(({ market }) => market === known.id);
    if (rules === undefined) return known;
    // Of the tier in which the scaled positions lie.
    const maintenance = (rules.tiers.at(-1)?.maintenance ?? 0) / ONE;
    return {
      ...known,
      lot: rules.lot,
      fee: rules.takerFee / ONE,
      maintenance,
      initial: 1 / leverage,
    };
  });
}

/** What lies in the wallet in kind, after its haircut. */
function collateralOf(file: FleetFile): CrisisPosition[] {
  return file.deposits.flatMap(({ asset, amount }) => {
    const rule = file.policy.assets.find((one) => one.asset === asset);
    if (rule?.market === undefined) return [];
    const qty = BigInt(Math.round(Number(amount) * (1 - rule.haircut / ONE) * SCALE * 1e8));
    const id = `wallet/${asset}`;
    return [{ id, agent: "wallet", market: rule.market, qty, collateral: true }];
  });
}

/**
 * The crisis of a window for the fleet of a file: its trading agent long in equal shares, as a
 * trend follower is after a rise; isolated agents' caps are theirs and no help.
 *
 * Errors: assertion when the file has no agent that shares the account.
 */
export function octoberOf(file: FleetFile, all: Window): Crisis {
  const columns = all.coins.flatMap((coin, m) => (TRADED.includes(coin) ? [m] : []));
  const only = <T>(rows: readonly (readonly T[])[]): T[][] =>
    rows.map((row) => columns.map((m) => row[m] as T));
  const coins = columns.map((m) => all.coins[m] as string);
  const window = { ...all, coins, prices: only(all.prices), stress: only(all.stress) };
  const first = window.prices[0] ?? [];
  const trader = must(
    file.agents.find(({ delegation }) => delegation.mode === "cross"),
    "the fleet has an agent that shares the account",
  );
  const leverage = trader.delegation.maxLeverage / ONE;
  const markets = marketsOf(file, window, leverage);
  const wallet = collateralOf(file);
  const usdc = file.deposits.filter(({ asset }) => asset === "USDC");
  const lent = file.agents.filter(({ delegation }) => delegation.mode === "isolated");
  const cash = usdc.reduce((sum, { amount }) => sum + Number(amount), 0);
  const capOf = ({ delegation }: (typeof lent)[number]): number => Number(delegation.cap) / 1e6;
  const caps = lent.reduce((sum, agent) => sum + capOf(agent), 0);
  const kind = wallet.reduce((sum, { market, qty }) => {
    const m = markets.findIndex(({ id }) => id === market);
    return sum + (Number(qty) / 1e8) * (first[m] ?? 0);
  }, 0);
  const equity = (cash - caps) * SCALE + kind;
  const each = (BEGINS * equity * leverage) / markets.length;
  const positions = markets.map((market, m): CrisisPosition => {
    const lots = BigInt(Math.round(((each / (first[m] ?? 1)) * 1e8) / Number(market.lot)));
    const id = `${trader.agent}/${market.id}`;
    return { id, agent: trader.agent, market: market.id, qty: lots * market.lot };
  });
  const agents = file.agents.map(
    (agent): CrisisAgent => ({
      ...{ id: agent.agent, tier: agent.delegation.priority },
      ...(agent === trader ? {} : { isolated: capOf(agent) * SCALE }),
    }),
  );
  return {
    ...{ name: `${window.name}, the demo's fleet`, family: window.name, seed: 1, equity },
    story:
      `the demo's fleet times ${SCALE}, ${BEGINS * 100} % of it bound, ` +
      `as ${window.file} tells`,
    ...{ markets, agents, positions: [...positions, ...wallet], crowd: CROWD },
    ...{ steps: window.times.map(hourOf), prices: window.prices, stress: window.stress },
  };
}
