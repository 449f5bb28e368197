/** What time alone does to the books: the index of margin's cost goes on, hours and days come to an end. */
import { USDC } from "../core/ids.ts";
import { type Micro, micro, ZERO } from "../core/money.ts";
import { DAY, HOUR, type Millis } from "../core/time.ts";
import { SERVICES, type Service } from "../protocol/words.ts";
import { type ResultKind, resultOf } from "./ledger.ts";
import { indexAt } from "./margin-cost.ts";
import type { FleetState, Law } from "./state.ts";

/** Results of the hours of a week are differences of one more. */
const HOURS_KEPT = 7 * 24 + 1;
const WEEK_DAYS = 7;

const hourOf = (at: number): number => Math.floor(at / HOUR);
const dayOf = (at: number): number => Math.floor(at / DAY);

/** Time has come to `at` and nothing has changed since the last event: folded before every event. */
export function pass(state: FleetState, at: Millis): void {
  const { past } = state;
  if (at <= past.at) return;
  if (past.at > 0) {
    if (hourOf(at) !== hourOf(past.at)) closeHour(state);
    if (dayOf(at) !== dayOf(past.at)) closeDay(state, at);
    past.index = indexAt(state, at);
  }
  past.at = at;
}

const KINDS: Readonly<Record<Service, readonly ResultKind[]>> = {
  trading: ["trading", "fees", "funding"],
  casino: ["casino"],
  escrow: ["escrow", "dues"],
  lending: ["interest"],
  domains: ["domains"],
};

/** All agents' results of each service since the beginning: open positions are trading's, coins are lending's. */
function resultsByService(law: Law): Hour["results"] {
  const sums = { trading: 0n, casino: 0n, escrow: 0n, lending: 0n, domains: 0n };
  sums.trading += law.unrealized;
  for (const { agent, coins } of law.agents.values()) {
    sums.lending += coins;
    for (const service of SERVICES)
      for (const kind of KINDS[service]) sums[service] += resultOf(law.ledger, USDC, kind, agent);
  }
  return sums;
}

type Hour = Law["past"]["hours"][number];

/** Once an hour every agent is looked at: nothing here costs more with their number at any other time. */
function closeHour(state: FleetState): void {
  const { hours, at } = state.past;
  hours.push({ hour: hourOf(at), results: resultsByService(state) });
  if (hours.length > HOURS_KEPT) hours.shift();
}

function closeDay(state: FleetState, at: Millis): void {
  const first = dayOf(at) - WEEK_DAYS;
  const day = dayOf(state.past.at);
  for (const { past, realized, unrealized } of state.agents.values()) {
    const { closes } = past;
    closes.push({ day, result: micro(realized + unrealized) });
    // The newest from before the week is kept: the week is counted from there.
    while ((closes[1]?.day ?? first + 1) <= first) closes.shift();
  }
}

interface Earner {
  readonly realized: bigint;
  readonly unrealized: bigint;
  readonly past: { readonly closes: readonly { readonly day: number; readonly result: bigint }[] };
}

/**
 * An agent's result of the last seven days of the calendar (UTC), today among them: what it is now less what it was
 * when the day before them was over. Who was not enrolled then is counted from nothing.
 */
export function weekOf({ past }: Law, agent: Earner, at: number): Micro {
  const first = dayOf(at) - WEEK_DAYS;
  if (dayOf(past.at) <= first) return ZERO;
  const before = agent.past.closes.findLast(({ day }) => day <= first);
  return micro(agent.realized + agent.unrealized - (before?.result ?? 0n));
}
