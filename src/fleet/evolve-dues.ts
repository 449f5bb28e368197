/** Folds debts with outsiders: what is held for them, what they did to results, and what leaves for them. */
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, FLEET, type Id, USDC } from "../core/ids.ts";
import { micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { DueEvent, SettledDue } from "../protocol/events-dues.ts";
import { schedule } from "./deadlines.ts";
import type { Due } from "./dues-state.ts";
import { intervalEnd } from "./intervals.ts";
import { ownAccount, resultAccount, transfer, worldAccount } from "./ledger.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, notePeaks, recount } from "./totals.ts";

const WORLD = worldAccount(USDC);

export const isDueEvent = (event: FleetEvent): event is DueEvent => TYPES.has(event.type);
const TYPES: ReadonlySet<string> = new Set<DueEvent["type"]>([
  ...(["AgreementSet", "AgreementEnded", "DueRecorded", "OutsideDueRecorded"] as const),
  ...(["DuesNetted", "DuesDeferred", "DuePaid", "DuePaymentFailed", "DueReceived"] as const),
]);

const holderOf = (state: FleetState, agent: AgentId) =>
  must(state.agents.get(agent), "who owes or is owed is enrolled");

const groupOf = ({ dues }: FleetState, party: Id): Id | undefined =>
  dues.agreements.get(party)?.group;

/** So many more debts are due in a group. */
function count({ dues }: FleetState, group: Id | undefined, more: number): void {
  if (group === undefined) return;
  const now = (dues.due.get(group) ?? 0) + more;
  if (now > 0) dues.due.set(group, now);
  else dues.due.delete(group);
}

function opened(state: FleetState, due: Due): void {
  state.dues.open.set(keyOf(due.agent, due.due), due);
  count(state, groupOf(state, due.party), 1);
  holderOf(state, due.agent).dues.add(due.due);
  if (due.direction === "pay") addReserved(state, due.agent, due.amount);
}

function ended(state: FleetState, { of, due }: SettledDue): Due {
  const key = keyOf(of, due);
  const held = must(state.dues.open.get(key), "what is settled is open");
  state.dues.open.delete(key);
  count(state, groupOf(state, held.party), -1);
  holderOf(state, of).dues.delete(due);
  if (held.direction === "pay") addReserved(state, of, -held.amount);
  return held;
}

/** The agent's result; the world is what stands against it until money comes or goes. */
function book(state: FleetState, { of, direction, counts }: SettledDue): void {
  const gain = direction === "pay" ? -counts : counts;
  transfer(state.ledger, resultAccount(USDC, "dues", of), WORLD, gain);
  const holder = holderOf(state, of);
  holder.realized = micro(holder.realized + gain);
}

function settled(state: FleetState, lines: readonly SettledDue[]): void {
  for (const line of lines) if (!ended(state, line).booked) book(state, line);
  notePeaks(
    state,
    lines.map(({ of }) => of),
  );
}

export function evolveDues(state: FleetState, event: DueEvent, at: Millis): void {
  const { dues } = state;
  switch (event.type) {
    case "AgreementSet": {
      const { party, group, everyMs, nextAt } = event;
      const known = left(state, party, at);
      dues.agreements.set(party, { group, everyMs });
      if (known === undefined) count(state, group, owing(state, party));
      return next(state, group, nextAt);
    }
    case "AgreementEnded":
      left(state, event.party, at);
      dues.agreements.delete(event.party);
      return;
    case "DueRecorded": {
      const { agent, due, party, direction, amount, nextAt } = event;
      opened(state, { agent, due, party, direction, amount, booked: false });
      return next(state, groupOf(state, party), nextAt);
    }
    case "OutsideDueRecorded": {
      const { group, debtor, creditor, amount, nextAt } = event;
      dues.outside.push({ group, debtor, creditor, amount });
      count(state, group, 1);
      return next(state, group, nextAt);
    }
    case "DuesNetted": {
      settled(state, event.settled);
      const others = dues.outside.filter(({ group }) => group !== event.group);
      count(state, event.group, others.length - dues.outside.length);
      dues.outside.splice(0, dues.outside.length, ...others);
      for (const { of: agent, due, party, amount } of event.left)
        opened(state, { agent, due, party, direction: "receive", amount, booked: false });
      dues.settlements += 1;
      return next(state, event.group, event.nextAt);
    }
    case "DuesDeferred":
      return next(state, event.group, event.nextAt);
    case "DuePaid":
      transfer(
        state.ledger,
        ownAccount(USDC, "wallet"),
        ownAccount(USDC, "withdrawals"),
        event.amount,
      );
      return recount(state);
    case "DuePaymentFailed": {
      const { party, due, amount, nextAt } = event;
      opened(state, { agent: FLEET, due, party, direction: "pay", amount, booked: true });
      return next(state, groupOf(state, party), nextAt);
    }
    case "DueReceived":
      return received(state, event.settled);
    default:
      return unreachable(event);
  }
}

/** A part of the last one may still be owed: it keeps its name. */
function received(state: FleetState, lines: readonly SettledDue[]): void {
  for (const line of lines) {
    const held = ended(state, line);
    if (!held.booked) book(state, line);
    const amount = micro(held.amount - line.counts);
    if (amount > 0n) opened(state, { ...held, amount });
  }
  notePeaks(
    state,
    lines.map(({ of }) => of),
  );
}

/** When the interval of a group ends: its deadline stands from now on, if it did not. */
function next({ dues, deadlines }: FleetState, group: Id | undefined, nextAt?: Millis): void {
  if (group === undefined || nextAt === undefined) return;
  dues.nextAt.set(group, nextAt);
  if (dues.standing.get(group) === nextAt) return;
  dues.standing.set(group, nextAt);
  schedule(deadlines, { at: nextAt, kind: "dues", key: group });
}

/** A group loses a party or has it anew: intervals until now were of the length that they had. */
function left(state: FleetState, party: Id, at: Millis): Id | undefined {
  const group = groupOf(state, party);
  const ends = group === undefined ? undefined : intervalEnd(state, group, at);
  if (group !== undefined && ends !== undefined) state.dues.nextAt.set(group, ends);
  return group;
}

/** A payment that failed is owed to a party without an agreement too, until it has one again. */
const owing = ({ dues }: FleetState, party: Id): number =>
  [...dues.open.values()].filter((due) => due.party === party).length;
