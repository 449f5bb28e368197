/** Folds marks, funding, zones and cover. */
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, FLEET, USDC } from "../core/ids.ts";
import { micro } from "../core/money.ts";
import { after, type Millis } from "../core/time.ts";
import type { EventOf, MarketEvent } from "../protocol/events.ts";
import { ORANGE } from "./crisis-state.ts";
import { schedule } from "./deadlines.ts";
import { planAnew } from "./evolve-orders.ts";
import { ownAccount, resultAccount, transfer } from "./ledger.ts";
import { countMark } from "./leverage.ts";
import { type FleetState, keyOf } from "./state.ts";
import { notePeaks, recount, revalue } from "./totals.ts";
import { sample } from "./volatility.ts";

export function evolveMarket(state: FleetState, event: MarketEvent, at: Millis): void {
  switch (event.type) {
    case "MarksSet":
      return setMarks(state, event, at);
    case "MarkRefused": {
      const market = must(state.markets.get(event.market), "a mark names a market");
      market.doubted = event.price;
      return;
    }
    case "FundingBooked":
      return bookFunding(state, event);
    case "ZoneChanged":
      return zoned(state, event, at);
    case "CoverageLost":
      state.covered = false;
      return;
    case "CoverageRestored":
      state.covered = true;
      return;
    case "StableShareLow":
    case "StableShareRestored":
      state.stableLow = event.type === "StableShareLow";
      return;
    case "RegimeSet":
      state.regime = event.regime;
      state.frozen = event.alarm;
      state.crisis.sized = event.reserve ?? state.crisis.sized;
      return;
    default:
      return unreachable(event);
  }
}

/** Orange, entered from below, is followed until it is left: from the retry wait on, and when loans are due. */
function zoned(state: FleetState, { from, to }: EventOf<"ZoneChanged">, at: Millis): void {
  state.zone = to;
  if (to === "green" || to === "yellow") state.crisis.followed.delete(ORANGE);
  if (to === "orange" && from !== "red") followOrange(state, at);
}

/** Orange as a duty from now on, unless it is one already: what is asked back is due in the time of the rules. */
export function followOrange({ crisis, deadlines, policy }: FleetState, at: Millis): void {
  const within = policy?.crisis?.reduceWithinMs;
  if (policy === undefined || within === undefined || crisis.followed.has(ORANGE)) return;
  const [planAt, landsBy] = [after(at, policy.closeRetryMs), after(at, within)];
  crisis.followed.set(ORANGE, { planAt, waitMs: 0, landsBy, target: undefined });
  for (const look of [planAt, landsBy]) schedule(deadlines, { at: look, kind: "call", key: FLEET });
}

function setMarks(state: FleetState, event: EventOf<"MarksSet">, at: Millis): void {
  const touched = new Set<AgentId>();
  for (const mark of event.marks) {
    const market = must(state.markets.get(mark.market), "a mark names a market");
    if (market.mark === mark.price) market.repeats += 1;
    else {
      market.movedAt = at;
      market.repeats = 0;
    }
    // Only the mark that follows the refused one is news.
    const { refused } = market;
    if (refused !== undefined && refused.mark === market.mark && refused.mark !== mark.price)
      askAnew(state, at);
    countMark(state, market);
    market.mark = mark.price;
    market.markAt = at;
    market.sourceAt = mark.at;
    market.doubted = undefined;
    sample(state, market, mark);
    market.rateNano = mark.rateNano ?? market.rateNano;
    for (const agent of market.positions) {
      revalue(state, agent, mark.market);
      touched.add(agent);
    }
  }
  recount(state);
  notePeaks(state, touched);
}

/** What was refused by one mark may be sent by the next: by calls, and by duties whose last plan had no steps. */
function askAnew(state: FleetState, at: Millis): void {
  planAnew(state, at);
  for (const duty of state.crisis.followed.values())
    if (duty.waitMs > 0 && duty.planAt > at) duty.planAt = at;
}

function bookFunding(state: FleetState, event: EventOf<"FundingBooked">): void {
  const wallet = ownAccount(USDC, "wallet");
  for (const { agent, amount } of event.shares) {
    transfer(state.ledger, resultAccount(USDC, "funding", agent), wallet, amount);
    const holder = must(state.agents.get(agent), "who pays funding is enrolled");
    holder.realized = micro(holder.realized + amount);
    const position = state.positions.get(keyOf(agent, event.market));
    if (position !== undefined) position.funding = micro(position.funding + amount);
  }
  // What the roundings leave over is the fleet's own, under its own name.
  transfer(state.ledger, resultAccount(USDC, "funding", FLEET), wallet, event.remainder);
  const fleet = must(state.agents.get(FLEET), "the fleet is its own agent");
  fleet.realized = micro(fleet.realized + event.remainder);
  recount(state);
  notePeaks(
    state,
    event.shares.map(({ agent }) => agent),
  );
}
