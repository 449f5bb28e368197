/** Folds debts with outsiders: what is held for them, what they did to results, and what leaves for them. */
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, FLEET, USDC } from "../core/ids.ts";
import { micro } from "../core/money.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { DueEvent, SettledDue } from "../protocol/events-dues.ts";
import { schedule } from "./deadlines.ts";
import type { Due } from "./dues-state.ts";
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

function opened(state: FleetState, due: Due): void {
  state.dues.open.set(keyOf(due.agent, due.due), due);
  holderOf(state, due.agent).dues.add(due.due);
  if (due.direction === "pay") addReserved(state, due.agent, due.amount);
}

function ended(state: FleetState, { of, due }: SettledDue): Due {
  const key = keyOf(of, due);
  const held = must(state.dues.open.get(key), "what is settled is open");
  state.dues.open.delete(key);
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

export function evolveDues(state: FleetState, event: DueEvent): void {
  const { dues } = state;
  switch (event.type) {
    case "AgreementSet": {
      const { party, group, everyMs } = event;
      dues.agreements.set(party, { group, everyMs });
      return next(state, event);
    }
    case "AgreementEnded":
      dues.agreements.delete(event.party);
      return;
    case "DueRecorded": {
      const { agent, due, party, direction, amount } = event;
      return opened(state, { agent, due, party, direction, amount, booked: false });
    }
    case "OutsideDueRecorded": {
      const { group, debtor, creditor, amount } = event;
      dues.outside.push({ group, debtor, creditor, amount });
      return;
    }
    case "DuesNetted": {
      settled(state, event.settled);
      const others = dues.outside.filter(({ group }) => group !== event.group);
      dues.outside.splice(0, dues.outside.length, ...others);
      for (const { of: agent, due, party, amount } of event.left)
        opened(state, { agent, due, party, direction: "receive", amount, booked: false });
      dues.settlements += 1;
      return next(state, event);
    }
    case "DuesDeferred":
      return next(state, event);
    case "DuePaid":
      transfer(
        state.ledger,
        ownAccount(USDC, "wallet"),
        ownAccount(USDC, "withdrawals"),
        event.amount,
      );
      return recount(state);
    case "DuePaymentFailed": {
      const { party, due, amount } = event;
      return opened(state, { agent: FLEET, due, party, direction: "pay", amount, booked: true });
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

function next(state: FleetState, { group, nextAt }: Extract<DueEvent, { nextAt: unknown }>): void {
  if (state.dues.nextAt.get(group) === nextAt) return;
  state.dues.nextAt.set(group, nextAt);
  schedule(state.deadlines, { at: nextAt, kind: "dues", key: group });
}
