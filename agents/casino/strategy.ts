/** Plays only where the edge is above zero by a confidence bound, and trusts no unverified result. */
import { formatMicro, type Micro, micro, min } from "../../src/core/money.ts";
import type { Hashes } from "../../src/protocol/fair.ts";
import { optionKeyOf } from "../../src/protocol/play.ts";
import type { AgentView, BetView } from "../../src/protocol/views.ts";
import { AT_FAULT } from "../../src/protocol/words.ts";
import { usdcFloat, usdcFrom, usdcOf } from "../../src/sdk/amounts.ts";
import type { Decision, Strategy, StrategyContext } from "../../src/sdk/define.ts";
import { INTENTS_MAX, type Intent } from "../../src/sdk/intent.ts";
import type { CasinoConfig, GameOption } from "./config.ts";
import { edgeOf, isImplausible } from "./edge.ts";
import {
  judge,
  learned,
  noProofs,
  optionKey,
  type Proofs,
  talliesOf,
  withDraws,
} from "./proofs.ts";
import { type Session, sessionAt, sessionBefore, stopLossAt } from "./session.ts";

export interface CasinoMemory {
  readonly proofs: Proofs;
  readonly lastBetAt: number;
  /** The commitment that was asked to be revealed, and when; "" when none was known. */
  readonly rotating: { readonly seedHash: string; readonly at: number } | undefined;
  readonly session: Session | undefined;
}

export const beginCasino = (): CasinoMemory => ({
  proofs: noProofs,
  lastBetAt: Number.NEGATIVE_INFINITY,
  rotating: undefined,
  session: undefined,
});

/** As the fleet's books have it: what was proven, and the session that a start before this one began. */
export const resumeCasino = (view: AgentView, config: CasinoConfig): CasinoMemory => ({
  ...beginCasino(),
  proofs: { ...noProofs, tallies: talliesOf(view) },
  lastBetAt: view.play?.stretches.at(-1)?.to ?? Number.NEGATIVE_INFINITY,
  session: sessionBefore(view, config),
});

type Context = StrategyContext<CasinoConfig>;

/** The hashes are given, for a strategy is pure and Node's own are not. */
export const casinoStrategy =
  (hashes: Hashes): Strategy<CasinoConfig, CasinoMemory> =>
  (view, memory, context) => {
    const { config } = context;
    const known = learned(memory.proofs, context.outcomes, view);
    const checked = checkAll(view, known, hashes, context);
    const proofs = { ...checked.proofs, distrust: distrustOf(view, checked.proofs, config) };
    const rotating = stillRotating(view, memory, context);
    const session = sessionAt(memory.session, view, context.now, config);
    const before: CasinoMemory = { ...memory, proofs, rotating, session };
    const best = bestPlay(view, before, context);
    const rest = typeof best === "string" ? { rest: best } : {};
    const seedHash = view.casino.seedHash;
    if (isRotationDue(view, before, context, typeof best === "string")) {
      const intents: Intent[] = [...checked.intents, { command: "RotateSeed", body: {} }];
      const asked = { seedHash, at: context.now };
      return { intents, memory: { ...before, rotating: asked }, ...rest };
    }
    // A bet on a seed that was not bound before it proves nothing, and one doubt at a time is enough.
    const doubt = Object.keys(proofs.missing).length > 0 || seedHash === "";
    const ready = !doubt && rotating === undefined && placedIn(view).length === 0;
    const patient = context.now - memory.lastBetAt >= config.gapMs;
    if (typeof best === "string" || !ready || !patient) {
      return { intents: checked.intents, memory: before, ...rest };
    }
    return bet(view, before, context, checked.intents, best);
  };

const LOST = { type: "false", fault: "its seed was neither committed to nor revealed" } as const;

/** Sends a verdict on every settled bet whose seed is known. */
function checkAll(
  view: AgentView,
  before: Proofs,
  hashes: Hashes,
  { now, config }: Context,
): { readonly proofs: Proofs; readonly intents: readonly Intent[] } {
  let proofs = before;
  const intents: Intent[] = [];
  const checking: Record<string, { key: string; won: boolean }> = {};
  const missing: Record<string, number> = {};
  for (const one of settledIn(view)) {
    let verdict = judge(one, view, proofs, hashes);
    proofs = withDraws(proofs, [one]);
    if (verdict.type === "missing") {
      const since = before.missing[one.bet] ?? now;
      missing[one.bet] = since;
      if (now - since >= config.proofWaitMs) verdict = LOST;
    }
    if (verdict.type === "missing" || verdict.type === "open" || intents.length >= INTENTS_MAX - 2)
      continue;
    const verified = verdict.type === "fair";
    const note = verdict.type === "false" ? verdict.fault.slice(0, 200) : verdict.note;
    intents.push({ command: "CheckBet", body: { bet: one.bet, verified, note } });
    const { bet } = one;
    if (verdict.type === "false") proofs = { ...proofs, distrust: { bet, why: `${bet}: ${note}` } };
    else if (verdict.counts) {
      checking[one.bet] = { key: optionKey(one), won: usdcOf(one.payout) > 0n };
    }
  }
  return { proofs: { ...proofs, checking, missing }, intents };
}

/**
 * Once a proof was false it plays no more, as long as the bet stands in its view: the operator clears it there.
 * After a restart the disputed bet still says so.
 */
function distrustOf(view: AgentView, proofs: Proofs, config: CasinoConfig): Proofs["distrust"] {
  const { distrust } = proofs;
  const stands = view.bets.some(({ bet }) => bet === distrust?.bet);
  if (distrust !== undefined && (distrust.bet === "" || stands)) return distrust;
  const disputed = view.bets.find((one) => one.phase === "disputed");
  if (disputed !== undefined) return { bet: disputed.bet, why: `${disputed.bet} is disputed` };
  const odd = config.games.find((option) => {
    const tally = proofs.tallies[optionKeyOf(option.game, option.params)];
    return tally !== undefined && isImplausible(option, tally, config);
  });
  if (odd === undefined) return undefined;
  return { bet: "", why: `${odd.game} wins less often than its rule` };
}

/** A rotation is over when the seed is revealed or another is committed, or when it took too long. */
function stillRotating(
  view: AgentView,
  { rotating }: CasinoMemory,
  { config, now, outcomes }: Context,
): CasinoMemory["rotating"] {
  if (rotating === undefined || view.casino.seedHash !== rotating.seedHash) return undefined;
  const refused = outcomes.some(({ ok, intent }) => !ok && intent.command === "RotateSeed");
  return refused || now - rotating.at >= config.rotateWaitMs ? undefined : rotating;
}

/** Due when enough bets wait for the seed, when no more will be placed, or when none is committed. */
function isRotationDue(
  view: AgentView,
  memory: CasinoMemory,
  { config, stance }: Context,
  idle: boolean,
): boolean {
  if (memory.rotating !== undefined || placedIn(view).length > 0) return false;
  const { seedHash } = view.casino;
  if (seedHash === "") return stance === "run" && !idle;
  const waiting = settledIn(view).filter((one) => one.seedHash === seedHash).length;
  return waiting >= (idle ? 1 : config.rotateEvery);
}

interface Play {
  readonly option: GameOption;
  readonly stake: Micro;
}

/** The option with the largest certain gain, or why it sits out. */
function bestPlay(view: AgentView, memory: CasinoMemory, context: Context): Play | string {
  const { config } = context;
  const { proofs, session } = memory;
  const { held } = view.casino;
  if (held !== undefined) {
    const of = held.agent === undefined ? "" : ` of ${held.agent}`;
    return `may not bet until the operator clears ${held.bet}${of}: ${AT_FAULT[held.atFault]}`;
  }
  const why = proofs.distrust?.why;
  if (why !== undefined) return `does not trust the casino: ${why}`.slice(0, 200);
  if (context.stance !== "run") return context.why;
  const lost = stopLossAt(view, config) ?? session?.over?.why;
  if (lost !== undefined) return lost;
  const bankroll = usdcOf(view.delegation?.available ?? "0");
  let best: { readonly play: Play; readonly gain: number } | undefined;
  let nearest = Number.NEGATIVE_INFINITY;
  for (const option of config.games) {
    const tally = proofs.tallies[optionKeyOf(option.game, option.params)] ?? { bets: 0, wins: 0 };
    const edge = edgeOf(option, tally, config);
    if (edge === undefined) continue;
    nearest = Math.max(nearest, edge.edge);
    const stake = stakeOf(option, edge.fraction, bankroll, config);
    const gain = edge.edge * usdcFloat(stake);
    if (stake > 0n && gain > (best?.gain ?? 0)) best = { play: { option, stake }, gain };
  }
  if (best !== undefined) return best.play;
  if (nearest === Number.NEGATIVE_INFINITY) return "none of its games can be checked";
  const percent = (nearest * 100).toFixed(2);
  return nearest > 0
    ? `an edge of ${percent} %, but a stake below the least`
    : `no edge: the best game has ${percent} % by its lower bound`;
}

/** A part of Kelly's share of the bankroll, within the game's bound. Rounding: down. 0: too small. */
function stakeOf(
  option: GameOption,
  fraction: number,
  bankroll: Micro,
  config: CasinoConfig,
): Micro {
  const wanted = usdcFrom(usdcFloat(bankroll) * fraction * config.kelly);
  const stake = min(min(wanted, usdcOf(option.maxStake)), bankroll);
  return stake < usdcOf(config.minStake) ? micro(0n) : stake;
}

function bet(
  view: AgentView,
  memory: CasinoMemory,
  context: Context,
  checks: readonly Intent[],
  { option, stake }: Play,
): Decision<CasinoMemory> {
  const name = context.name("b");
  const intent: Intent = {
    command: "PlaceBet",
    body: {
      bet: name,
      game: option.game,
      stake: formatMicro(stake),
      params: option.params,
      clientSeed: context.random.text(24),
    },
  };
  const witnessed = { ...memory.proofs.witnessed, [name]: view.casino.seedHash };
  const proofs = { ...memory.proofs, witnessed };
  const { session } = memory;
  const counted = session === undefined ? undefined : { ...session, bets: session.bets + 1 };
  const next = { ...memory, proofs, session: counted, lastBetAt: context.now };
  return { intents: [...checks, intent], memory: next };
}

const settledIn = (view: AgentView): readonly BetView[] =>
  view.bets.filter((one) => one.phase === "settled");
const placedIn = (view: AgentView): readonly BetView[] =>
  view.bets.filter((one) => one.phase === "placed");
