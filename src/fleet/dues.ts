/** Debts with outsiders: recorded as they arise, netted at an agreed interval, and paid in the fewest transfers. */
import { type AgentId, FLEET, type Id, USDC } from "../core/ids.ts";
import {
  formatMicro,
  type Micro,
  max,
  micro,
  min,
  type Units,
  units,
  ZERO,
} from "../core/money.ts";
import { after, type Millis } from "../core/time.ts";
import { netMultilaterally, type Obligation, settle } from "../liquidation/netting.ts";
import type { SettledDue } from "../protocol/events-dues.ts";
import { refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  type Consequence,
  type Context,
  callerOf,
  type Decision,
  drawnOn,
  isRefusal,
  mayHold,
  mayOpen,
  tooMany,
} from "./admission.ts";
import type { Due } from "./dues-state.ts";
import { floorDue } from "./floors.ts";
import { everyOf, intervalEnd } from "./intervals.ts";
import { freeCash } from "./ledger.ts";
import { posted } from "./reservations.ts";
import { type Fixed, keyOf, type Law } from "./state.ts";

/** Parties of one group, and debts between outsiders that are kept. */
const PARTIES_MAX = 64;
const OUTSIDE_MAX = 1_024;

const groupOf = (law: Law, party: Id): Id | undefined => law.dues.agreements.get(party)?.group;

/** When what becomes due with a party is netted, as events tell it. Absent: there is no agreement with it. */
export function nettedAt({ law, at }: Context, party: Id): { nextAt?: Millis } {
  const group = groupOf(law, party);
  const nextAt = group === undefined ? undefined : intervalEnd(law, group, at);
  return nextAt === undefined ? {} : { nextAt };
}

const openWith = (law: Law, party: Id): boolean =>
  [...law.dues.open.values()].some((due) => due.party === party) ||
  law.dues.outside.some(({ debtor, creditor }) => debtor === party || creditor === party);

/** An agreement holds for what is recorded from then on; who is of which group is fixed while debts are open. */
export function* setAgreement(ctx: Context, { body }: CommandOf<"SetAgreement">): Decision {
  const { law } = ctx;
  const { party, group = party, everyMs } = body;
  if ((party as string) === FLEET) return refuse("not_allowed", `${FLEET} is reserved`);
  const known = groupOf(law, party);
  if (known !== undefined && known !== group && openWith(law, party))
    return refuse("has_obligations", party);
  const members = [...law.dues.agreements.values()].filter((one) => one.group === group);
  if (known === undefined && members.length >= PARTIES_MAX)
    return refuse("too_many_open", `${PARTIES_MAX} parties`);
  const running = intervalEnd(law, group, ctx.at);
  const soon = after(ctx.at, everyMs);
  const nextAt = running !== undefined && running > ctx.at && running < soon ? running : soon;
  yield { type: "AgreementSet", agent: FLEET, party, group, everyMs, nextAt };
  return undefined;
}

export function* endAgreement(ctx: Context, { body }: CommandOf<"EndAgreement">): Decision {
  if (groupOf(ctx.law, body.party) === undefined) return refuse("unknown_party", body.party);
  if (openWith(ctx.law, body.party)) return refuse("has_obligations", body.party);
  yield { type: "AgreementEnded", agent: FLEET, party: body.party };
  return undefined;
}

/** What is owed is held against the delegation; what is to come counts when it has come. */
export function* recordDue(ctx: Context, { body }: CommandOf<"RecordDue">): Decision {
  const { law } = ctx;
  const agent = callerOf(law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const { due, party, direction, amount, note = "", reservation } = body;
  const closed = direction === "pay" ? mayOpen(ctx, agent, "escrow", false) : undefined;
  if (closed !== undefined) return closed;
  if (groupOf(law, party) === undefined) return refuse("unknown_party", party);
  if (law.dues.open.has(keyOf(agent.agent, due))) return refuse("due_exists", due);
  const drawn = drawnOn(ctx, direction === "pay" ? reservation : undefined);
  if (isRefusal(drawn)) return drawn;
  const hold = direction === "pay" ? amount : ZERO;
  const over =
    tooMany(agent.dues) ?? (hold === 0n ? undefined : mayHold(agent, hold, drawn.amount));
  if (over !== undefined) return over;
  if (direction === "pay" && reservation !== undefined) yield posted(ctx, reservation);
  const told = { due, party, direction, amount, note, ...nettedAt(ctx, party) };
  yield { type: "DueRecorded", agent: agent.agent, ...told };
  return undefined;
}

export function* recordOutside(ctx: Context, { body }: CommandOf<"RecordOutsideDue">): Decision {
  const { debtor, creditor, amount } = body;
  if (debtor === creditor) return refuse("bad_field", "creditor: nobody owes itself");
  const group = groupOf(ctx.law, debtor);
  if (group === undefined) return refuse("unknown_party", debtor);
  if (groupOf(ctx.law, creditor) !== group) return refuse("unknown_party", creditor);
  if (ctx.law.dues.outside.length >= OUTSIDE_MAX)
    return refuse("too_many_open", `${OUTSIDE_MAX} debts`);
  const told = { group, debtor, creditor, amount, ...nettedAt(ctx, debtor) };
  yield { type: "OutsideDueRecorded", agent: FLEET, ...told };
  return undefined;
}

/** The oldest debts of an outsider are met first; the money itself comes as a deposit. */
export function* receiveDue(ctx: Context, { body }: CommandOf<"ReceiveDue">): Decision {
  const owed = [...ctx.law.dues.open.values()].filter(
    ({ party, direction }) => party === body.party && direction === "receive",
  );
  const all = owed.reduce((sum, { amount }) => sum + amount, 0n);
  if (body.amount > all) {
    const numbers = [body.amount, micro(all)].map(formatMicro);
    return refuse("nothing_due", `asked ${numbers[0]}, allowed ${numbers[1]}`);
  }
  const settled = counted(owed, body.amount).filter(({ counts }) => counts > 0n);
  yield { type: "DueReceived", agent: FLEET, party: body.party, amount: body.amount, settled };
  return undefined;
}

/** Debts in their order, each counted as far as the amount goes. */
function counted(dues: readonly Fixed<Due>[], most: Micro): SettledDue[] {
  let left: bigint = most;
  return dues.map(({ agent: of, due, party, direction, amount }) => {
    const counts = micro(left < amount ? left : amount);
    left -= counts;
    return { of, due, party, direction, amount, counts };
  });
}

const sum = (amounts: Iterable<{ readonly amount: bigint }>): Micro => {
  let total = 0n;
  for (const { amount } of amounts) total += amount;
  return micro(total);
};

/** What agents are still to receive, of those who pay the fleet: in the order of both. */
function left(law: Law, settled: readonly SettledDue[], incoming: readonly Obligation[]) {
  const still: { of: AgentId; due: Id; party: Id; amount: Micro }[] = [];
  const payers = incoming.map(({ debtor, amount }) => ({ debtor, amount }));
  for (const { of, direction, amount, counts } of settled) {
    let open = direction === "receive" ? amount - counts : 0n;
    for (const payer of payers) {
      const part = min(open, payer.amount);
      if (part <= 0n) continue;
      open -= part;
      payer.amount -= part;
      const due = `s${law.dues.settlements + 1}.${still.length}` as Id;
      still.push({ of, due, party: payer.debtor as Id, amount: micro(part) });
    }
  }
  return still;
}

/**
 * The interval of a group is over: all its debts become the fewest transfers, and the fleet's own are
 * paid. What is to come in beyond what is owed is booked when it has come. Where nothing is due nothing happens.
 */
export function* duesDue(ctx: Context, group: Id): Consequence {
  const { law } = ctx;
  const every = everyOf(law, group);
  if (every === undefined || (law.dues.nextAt.get(group) ?? 0) > ctx.at) return;
  const nextAt = after(ctx.at, every);
  const dues = [...law.dues.open.values()].filter(({ party }) => groupOf(law, party) === group);
  const outside = law.dues.outside.filter((one) => one.group === group);
  if (dues.length + outside.length === 0) return;
  const obligations: Obligation[] = [
    ...dues.map(({ party, direction, amount }) =>
      direction === "pay"
        ? { debtor: FLEET, creditor: party, amount }
        : { debtor: party, creditor: FLEET, amount },
    ),
    ...outside,
  ];
  const netted = netMultilaterally(obligations);
  const made = netted.ok ? settle(netted.value.net) : netted;
  if (!netted.ok || !made.ok) return;
  const { transfers } = made.value;
  const outgoing = transfers.filter(({ debtor }) => debtor === FLEET);
  const incoming = transfers.filter(({ creditor }) => creditor === FLEET);
  const [owed, awaited] = [sum(outgoing), sum(incoming)];
  const cash = max(freeCash(law.ledger), ZERO);
  if (owed > cash) {
    yield { type: "DuesDeferred", agent: FLEET, group, need: owed, cash, nextAt };
    return;
  }
  const pays = dues.filter(({ direction }) => direction === "pay");
  const gets = dues.filter(({ direction }) => direction === "receive");
  const settled = [...counted(pays, sum(pays)), ...counted(gets, micro(sum(gets) - awaited))];
  yield {
    type: "DuesNetted",
    agent: FLEET,
    group,
    gross: micro(netted.value.gross),
    cleared: micro(netted.value.gross - made.value.moved),
    ...{ owed, awaited, settled },
    transfers: transfers.map((one) => ({ ...one, amount: micro(one.amount) })),
    left: left(law, settled, incoming),
    nextAt,
  };
  for (const { creditor, amount } of outgoing) yield paid(ctx, creditor as Id, units(amount));
  for (const agent of new Set(settled.map(({ of }) => of))) yield* floorDue(ctx, agent);
}

const paid = (ctx: Context, party: Id, amount: Units) =>
  ({
    type: "DuePaid",
    agent: FLEET,
    party,
    amount: micro(amount),
    effect: {
      name: ctx.name(),
      agent: FLEET,
      effect: { type: "Withdraw", asset: USDC, amount, to: party },
    },
  }) as const;
