/** Lends what lies idle, up to a share of each holding, and takes it back when the fleet needs it. */
import type { AssetId } from "../../src/core/ids.ts";
import {
  formatUnits,
  type Micro,
  max,
  micro,
  min,
  mulDiv,
  notional,
  qty,
  type Units,
  units,
} from "../../src/core/money.ts";
import type { AgentView, LoanView } from "../../src/protocol/views.ts";
import { priceOf, unitsOf, usdcOf } from "../../src/sdk/amounts.ts";
import { type Cooldowns, cooled, isCooling } from "../../src/sdk/cooldown.ts";
import type { Decision, StrategyContext } from "../../src/sdk/define.ts";
import type { Intent, Outcome } from "../../src/sdk/intent.ts";
import { type Bought, buying, heardOf, noneBought } from "../../src/sdk/job-buying.ts";
import { resultOf } from "../../src/sdk/job-result.ts";
import type { LendingConfig, LentAsset } from "./config.ts";
import { type Cover, coverOf, isBare } from "./cover.ts";
import { enoughInTurn, inTurn } from "./recalls.ts";

export interface LendingMemory {
  /** Loans last seen as requested, by asset: one that vanishes unopened was refused by the market. */
  readonly asked: Readonly<Record<string, string>>;
  readonly cooldowns: Cooldowns;
  /** Rates of other lenders' borrowers. */
  readonly bought: Bought;
  readonly cover: Cover;
}

export const beginLending = (): LendingMemory => ({
  asked: {},
  cooldowns: {},
  bought: noneBought,
  cover: {},
});

type Context = StrategyContext<LendingConfig>;

export function lendingStrategy(
  view: AgentView,
  memory: LendingMemory,
  context: Context,
): Decision<LendingMemory> {
  const { config, now, outcomes } = context;
  const cooldowns = {
    ...cooled(memory.cooldowns, outcomes, assetOf, now, config.coolMs),
    ...unmet(view, memory, context),
  };
  const asked = Object.fromEntries(
    view.loans.filter((loan) => loan.phase === "requested").map(({ loan, asset }) => [loan, asset]),
  );
  const {
    bought,
    intents: buys,
    held,
  } = buying(
    view,
    memory.bought,
    { kind: "data", brief: "what borrowers pay you now" },
    config.buys,
    context,
  );
  const cover = coverOf(view, memory.cover, config);
  const next = { asked, cooldowns, bought, cover };
  const work = [...worked(view, context), ...buys];
  const recalls = recalled(view, cover, context);
  if (recalls.length > 0) return { intents: [...work, ...recalls], memory: next };
  if (context.stance !== "run") {
    return work.length > 0
      ? { intents: work, memory: next }
      : { intents: [], memory: next, rest: context.why };
  }
  const loans = opened(view, next, held, context);
  const opening = loans.map((body): Intent => ({ command: "OpenLoan", body }));
  for (const { loan, asset } of loans) asked[loan] = asset;
  const idle = loans.length + work.length === 0 && view.loans.length === 0;
  const rest = "nothing idle may be lent at its least rate";
  return idle
    ? { intents: [], memory: next, rest }
    : { intents: [...work, ...opening], memory: next };
}

/** Takes one job of kind data at a time, and delivers what its borrowers pay; off, what it had taken. */
function worked(view: AgentView, { config, stance }: Context): readonly Intent[] {
  const mine = view.jobs.find(
    ({ taker, kind, phase }) => taker === view.agent && kind === "data" && phase === "taken",
  );
  const paying = view.loans.filter(({ rate, phase }) => rate > 0 && phase === "open");
  if (mine !== undefined && paying.length > 0) {
    return [{ command: "DeliverJob", body: { by: mine.by, job: mine.job, result: told(paying) } }];
  }
  const open = view.jobs.find(
    ({ by, kind, phase }) => phase === "posted" && kind === "data" && by !== view.agent,
  );
  const busy = mine !== undefined || !config.works || stance !== "run";
  if (busy || open === undefined || paying.length === 0) return [];
  return [{ command: "TakeJob", body: { by: open.by, job: open.job } }];
}

/** By asset, the most that a borrower pays now: "USDC 9.40 %, BTC 2.00 %". */
function told(paying: readonly LoanView[]): string {
  const best = new Map<string, number>();
  for (const { asset, rate } of paying) best.set(asset, Math.max(rate, best.get(asset) ?? 0));
  return resultOf([...best].map(([asset, rate]) => `${asset} ${(rate / 10_000).toFixed(2)} %`));
}

/**
 * Loans to take back: first every one that its borrower no longer covers, then those of an asset that its config does
 * not name any more, for nobody says what is to cover them; then all of them when the fleet may only reduce, else what
 * costs least of those that bring what is held back under a cap that was cut below it. A short notice goes first.
 */
function recalled(view: AgentView, cover: Cover, { stance, config }: Context): readonly Intent[] {
  const held = view.delegation;
  const over =
    held === undefined ? 0n : usdcOf(held.reserved) - usdcOf(held.cap) - coming(view, "recalling");
  const open = view.loans.filter((loan) => loan.phase === "open");
  const bare = open.filter((loan) => isBare(view, loan, cover, config));
  const named = new Set(config.assets.map(({ asset }) => asset));
  const left = open.filter((loan) => !bare.includes(loan) && !named.has(loan.asset));
  const due = [...bare, ...left];
  const rest = open
    .filter((loan) => !due.includes(loan))
    .map(({ loan: name, rate, noticeMs = 0, ...loan }) => {
      return { loan: name, rate, noticeMs, value: worthOf(view, loan) };
    });
  const back = due.reduce((sum, loan) => sum + worthOf(view, loan), 0n);
  const { shortNoticeMs } = config;
  const chosen =
    stance === "run" ? enoughInTurn(rest, over - back, shortNoticeMs) : inTurn(rest, shortNoticeMs);
  return [...due, ...chosen]
    .slice(0, config.perWake)
    .map(({ loan }): Intent => ({ command: "RecallLoan", body: { loan } }));
}

/** Loans to open: one of an asset at a time, within its share, its bounds and what is available. */
function opened(
  view: AgentView,
  { cooldowns, bought }: LendingMemory,
  promised: bigint,
  context: Context,
) {
  const { config, now, name } = context;
  const heard = heardOf(bought, config.buys, now)?.says;
  const available = max(usdcOf(view.delegation?.available ?? "0") - promised, 0n);
  const share = BigInt(Math.floor(config.useShare * 1e6));
  let left = micro(mulDiv(available, share, 1_000_000n, "floor"));
  const room = config.maxLoans - view.loans.length;
  const loans = [];
  for (const terms of config.assets) {
    if (loans.length >= Math.min(room, config.perWake)) break;
    if (isCooling(cooldowns, terms.asset, now) || isAsked(view, terms.asset)) continue;
    const size = sizeOf(view, terms, left, config);
    if (size === 0n) continue;
    left = micro(left - valueOfUnits(view, terms.asset, size));
    loans.push({
      loan: name("l"),
      asset: terms.asset,
      amount: formatUnits(size, terms.asset as AssetId),
      minRate: leastRate(terms, heard?.[terms.asset], config),
      noticeMs: terms.noticeMs ?? config.noticeMs,
    });
  }
  return loans;
}

/**
 * The least rate that it asks for, in ppm: its own, or a part of what other lenders are paid where that is more, up
 * to so many times its own.
 *
 * @param told in per cent a year; undefined where nothing fresh was bought.
 */
function leastRate(
  { minRate }: LentAsset,
  told: number | undefined,
  { buys }: LendingConfig,
): number {
  const followed = Math.floor((told ?? 0) * 10_000 * buys.follow);
  return Math.max(minRate, Math.min(followed, Math.floor(minRate * buys.most)));
}

/** How much of an asset to lend now. 0: nothing worth a loan, or no price to value it by. */
function sizeOf(view: AgentView, terms: LentAsset, left: Micro, config: LendingConfig): Units {
  const holding = view.holdings.find(({ asset }) => asset === terms.asset);
  if (holding === undefined) return units(0n);
  const wallet = unitsOf(holding.wallet, terms.asset);
  const lent = unitsOf(holding.lent, terms.asset);
  const part = BigInt(holding.lendShare ?? Math.min(config.lendShare, view.lendShare));
  const most = mulDiv(wallet + lent, part, 1_000_000n, "floor") - lent;
  // A share of wallet and lent, less lent, is never more than the wallet.
  const whole = min(units(most), unitsOf(terms.maxLoan, terms.asset));
  if (whole <= 0n) return units(0n);
  const value = valueOfUnits(view, terms.asset, whole);
  if (value <= 0n) return units(0n);
  const size = value <= left ? whole : units(mulDiv(whole, left, value, "floor"));
  return size < unitsOf(terms.minLoan, terms.asset) || size <= 0n ? units(0n) : size;
}

/** Value in USDC at the mark, without any haircut: the hold is never more. Rounding: up. */
function valueOfUnits(view: AgentView, asset: string, size: Units): Micro {
  if (asset === "USDC") return micro(size);
  const market = view.markets.find(({ base }) => base === asset);
  return market === undefined ? micro(0n) : notional(priceOf(market.mark), qty(size), "ceil");
}

const worthOf = (view: AgentView, { asset, amount }: Pick<LoanView, "asset" | "amount">): Micro =>
  valueOfUnits(view, asset, unitsOf(amount, asset));

const coming = (view: AgentView, phase: LoanView["phase"]): bigint =>
  view.loans
    .filter((loan) => loan.phase === phase)
    .reduce((sum, loan) => sum + worthOf(view, loan), 0n);

const isAsked = (view: AgentView, asset: string): boolean =>
  view.loans.some((loan) => loan.asset === asset && loan.phase === "requested");

/** Assets whose loan was asked for and is gone without having been open: the market pays less. */
function unmet(view: AgentView, memory: LendingMemory, { config, now, outcomes }: Context) {
  const cooling: Record<string, number> = {};
  const refused = new Set(
    outcomes.flatMap(({ ok, intent }) =>
      !ok && intent.command === "OpenLoan" ? intent.body.loan : [],
    ),
  );
  for (const [loan, asset] of Object.entries(memory.asked)) {
    if (refused.has(loan) || view.loans.some((known) => known.loan === loan)) continue;
    cooling[asset] = now + config.coolMs;
  }
  return cooling;
}

const assetOf = ({ intent }: Outcome): string | undefined =>
  intent.command === "OpenLoan" ? intent.body.asset : undefined;
