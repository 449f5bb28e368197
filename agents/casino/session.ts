/** How long, how often and how unluckily it plays before it leaves the table for a while. Pure. */
import { micro } from "../../src/core/money.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { usdcFloat, usdcOf } from "../../src/sdk/amounts.ts";
import type { CasinoConfig } from "./config.ts";

export interface Session {
  readonly startedAt: number;
  readonly bets: number;
  /** The casino result since enrolment as it stood at the start, in USDC. */
  readonly from: number;
  /** Set once it is over: why, and until when it stays away. */
  readonly over: { readonly why: string; readonly until: number } | undefined;
}

const resultOf = (view: AgentView): number => usdcFloat(usdcOf(view.pnl["casino"] ?? "0"));

const begun = (view: AgentView, now: number): Session => ({
  startedAt: now,
  bets: 0,
  from: resultOf(view),
  over: undefined,
});

/**
 * The session that an earlier start began, by the books: what was bet since the last break as long as the
 * pause. Where a limit is reached it is over, until the pause after its last bet.
 *
 * None: undefined where nothing was bet, or the last bet is a pause ago.
 */
export function sessionBefore(view: AgentView, config: CasinoConfig): Session | undefined {
  const stretches = view.play?.stretches ?? [];
  const last = stretches.at(-1);
  if (last === undefined || view.at - last.to >= config.pauseMs) return undefined;
  const since = stretches.findLastIndex(({ from }, i) => {
    const before = stretches[i - 1];
    return before === undefined || from - before.to >= config.pauseMs;
  });
  const mine = stretches.slice(since);
  const open = view.bets.filter(({ phase }) => phase === "placed").length;
  const result = mine.reduce((sum, one) => sum + usdcOf(one.result), 0n);
  const session: Session = {
    startedAt: mine[0]?.from ?? last.to,
    // A bet that is still open was of it too.
    bets: mine.reduce((sum, { bets }) => sum + bets, open),
    from: resultOf(view) - usdcFloat(micro(result)),
    over: undefined,
  };
  const why = reached(session, view, view.at, config);
  return why === undefined
    ? session
    : { ...session, over: { why, until: last.to + config.pauseMs } };
}

/** The session as it stands now: a new one after the pause, over when a limit was reached. */
export function sessionAt(
  before: Session | undefined,
  view: AgentView,
  now: number,
  config: CasinoConfig,
): Session {
  const { over } = before ?? {};
  const running =
    before === undefined || (over !== undefined && now >= over.until) ? begun(view, now) : before;
  if (running.over !== undefined) return running;
  const why = reached(running, view, now, config);
  return why === undefined ? running : { ...running, over: { why, until: now + config.pauseMs } };
}

/** Which limit of the session is reached. None: undefined. */
function reached(
  { startedAt, bets, from }: Session,
  view: AgentView,
  now: number,
  config: CasinoConfig,
): string | undefined {
  const lost = from - resultOf(view);
  const most = config.sessionLoss * usdcFloat(usdcOf(view.delegation?.cap ?? "0"));
  if (most > 0 && lost >= most) return `the session lost ${lost.toFixed(2)} USDC`;
  if (bets >= config.sessionBets) return `the session had its ${bets} bets`;
  return now - startedAt >= config.sessionMs ? "the session's time is over" : undefined;
}

/**
 * Whether all that was ever lost is too much. It is counted from the fleet's books, so no restart
 * forgets it; only a higher `stopLoss` lets it play again.
 */
export function stopLossAt(view: AgentView, { stopLoss }: CasinoConfig): string | undefined {
  const lost = -resultOf(view);
  return stopLoss !== undefined && lost >= usdcFloat(usdcOf(stopLoss))
    ? `stop-loss: ${lost.toFixed(2)} USDC lost of ${stopLoss} allowed`
    : undefined;
}
