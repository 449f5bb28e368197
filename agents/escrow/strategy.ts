/** Buys and sells through escrows: funds, delivers, releases, and leaves the rest to the timeout. */
import { type Micro, micro, min, mulDiv } from "../../src/core/money.ts";
import type { JobView } from "../../src/protocol/job-views.ts";
import type { AgentView, EscrowView } from "../../src/protocol/views.ts";
import { usdcOf } from "../../src/sdk/amounts.ts";
import { type Cooldowns, cooled, isCooling, wasMissed } from "../../src/sdk/cooldown.ts";
import type { Decision, StrategyContext } from "../../src/sdk/define.ts";
import { INTENTS_MAX, type Intent, type Outcome } from "../../src/sdk/intent.ts";
import { lookedAt, takenBack } from "../../src/sdk/job-buying.ts";
import type { Reading } from "../../src/sdk/job-reading.ts";
import { accountDue, type Recorded, withoutRefused } from "./account.ts";
import type { Deal, EscrowConfig } from "./config.ts";

type Role = EscrowView["role"];

export interface EscrowMemory {
  /** When each open escrow came into its phase, as far as it was seen: fleet time. */
  readonly since: Readonly<Record<string, { readonly phase: string; readonly at: number }>>;
  /** Which deal of each list comes next, and when the last was opened. */
  readonly turn: Readonly<Record<Role, number>>;
  readonly openedAt: Readonly<Record<Role, number>>;
  readonly cooldowns: Cooldowns;
  /** Which job comes next, and when the last was posted. */
  readonly job: { readonly next: number; readonly at: number };
  readonly account: Recorded;
  /** When it may ask for its referrer again, and how long it waits after that: longer each time. */
  readonly registers: { readonly at: number; readonly waitMs: number };
  /** What the jobs of each kind said last, and when it was read. */
  readonly read: Readonly<Record<string, { readonly at: number; readonly says: Reading }>>;
}

export const beginEscrow = (): EscrowMemory => ({
  since: {},
  turn: { pay: 0, earn: 0 },
  openedAt: { pay: Number.NEGATIVE_INFINITY, earn: Number.NEGATIVE_INFINITY },
  cooldowns: {},
  job: { next: 0, at: Number.NEGATIVE_INFINITY },
  account: {},
  registers: { at: Number.NEGATIVE_INFINITY, waitMs: 0 },
  read: {},
});

type Context = StrategyContext<EscrowConfig>;

/** The longest wait for a referrer. */
const DAY = 86_400_000;

export function escrowStrategy(
  view: AgentView,
  memory: EscrowMemory,
  context: Context,
): Decision<EscrowMemory> {
  const { config, now } = context;
  const since = seen(view, memory, now);
  const cooldowns = cooled(memory.cooldowns, context.outcomes, dealKey, now, config.coolMs);
  const intents = view.escrows
    .flatMap((escrow) => act(escrow, since, context) ?? [])
    .slice(0, INTENTS_MAX - 4);
  const look = looked(view, memory.read, now);
  const kinds = config.jobs.map(({ kind }) => kind);
  intents.push(...look.intents, ...takenBack(view, kinds));
  const account = withoutRefused(view, memory.account, context);
  const due = missed(memory, context);
  let next: EscrowMemory = { ...memory, ...due, since, cooldowns, account, read: look.read };
  // What one decision asks for is within what is available together, not each alone.
  let left: bigint = usdcOf(view.delegation?.available ?? "0");
  for (const role of ["pay", "earn"] as const) {
    const deal = context.stance === "run" ? dealFor(role, view, next, context) : undefined;
    if (deal === undefined) continue;
    intents.push(opening(role, deal.deal, context));
    if (role === "pay") left -= usdcOf(deal.deal.amount);
    next = {
      ...next,
      turn: { ...next.turn, [role]: deal.index + 1 },
      openedAt: { ...next.openedAt, [role]: now },
    };
  }
  const posted = context.stance === "run" ? posting(view, next, context, left) : undefined;
  if (posted !== undefined) {
    intents.push(posted.intent);
    left -= posted.held;
    next = { ...next, job: { next: next.job.next + 1, at: now } };
  }
  if (context.stance === "run") {
    const bounds = { room: INTENTS_MAX - 1 - intents.length, available: left };
    const { intents: debts, recorded } = accountDue(view, next.account, context, bounds);
    intents.push(...debts);
    next = { ...next, account: recorded };
  }
  const registers = registering(view, next, context);
  if (registers !== undefined) {
    intents.push(registers);
    const waitMs = Math.min(Math.max(config.coolMs, 2 * next.registers.waitMs), DAY);
    next = { ...next, registers: { at: now + waitMs, waitMs } };
  }
  const idle = intents.length === 0 && openIn(view).length === 0;
  const rest =
    context.stance === "reduce" ? context.why : "no deal is open, and none may be opened";
  return idle ? { intents, memory: next, rest } : { intents, memory: next };
}

/** Reads what was delivered, keeps what it says and pays for it; what cannot be so is refused, and not paid. */
function looked(
  view: AgentView,
  read: EscrowMemory["read"],
  now: number,
): { readonly intents: readonly Intent[]; readonly read: EscrowMemory["read"] } {
  const done = view.jobs.find((job) => job.by === view.agent && isToRead(job));
  if (done === undefined) return { intents: [], read };
  const { intent, says } = lookedAt(done, view);
  const known = says === undefined ? read : { ...read, [done.kind]: { at: now, says } };
  return { intents: [intent], read: known };
}

/** Delivered, and in words: a hedge is judged by the books, and stands until its time is over. */
const isToRead = ({ phase, hedge }: JobView): boolean =>
  phase === "delivered" && hedge === undefined;

/** May this deal be made by what was read: nothing is needed, or it is there and fresh. */
function isKnown({ needs }: Deal, { read }: EscrowMemory, { config, now }: Context): boolean {
  const last = needs === undefined ? undefined : read[needs];
  return needs === undefined || (last !== undefined && now - last.at <= config.freshMs);
}

/** The next job, when the last is over, its time has come, and what it holds is there; one hedge at a time. */
function posting(
  view: AgentView,
  { job: { next, at } }: EscrowMemory,
  { config, now, name }: Context,
  available: bigint,
): { readonly intent: Intent; readonly held: bigint } | undefined {
  const mine = view.jobs.filter(({ by }) => by === view.agent);
  const stands = mine.find(({ kind, phase }) => kind === "hedge" && phase === "delivered");
  if (mine.some((job) => job !== stands) || now - at < config.jobEveryMs) return undefined;
  const jobs = config.jobs.filter(({ kind }) => stands === undefined || kind !== "hedge");
  const wanted = jobs[next % Math.max(jobs.length, 1)];
  if (wanted === undefined) return undefined;
  const held = usdcOf(wanted.amount) + usdcOf(wanted.hedge?.cover ?? "0");
  if (held > available) return undefined;
  return { intent: { command: "PostJob", body: { job: name("j"), ...wanted } }, held };
}

/**
 * The turns of what was not taken for a reason that says nothing about it, such as a busy coordinator: due again, and
 * not after the whole time between two.
 */
function missed(
  { turn, openedAt, job }: EscrowMemory,
  { config, outcomes }: Context,
): Pick<EscrowMemory, "turn" | "openedAt" | "job"> {
  let found = { turn, openedAt, job };
  for (const { intent } of outcomes.filter(wasMissed)) {
    if (intent.command === "PostJob") {
      const { brief } = intent.body;
      const next = config.jobs.findIndex((one) => one.brief === brief);
      if (next >= 0) found = { ...found, job: { next, at: Number.NEGATIVE_INFINITY } };
    } else if (intent.command === "OpenEscrow") {
      const { role } = intent.body;
      const deals = role === "pay" ? config.buy : config.sell;
      const index = deals.findIndex((deal) => keyOf(role, deal) === keyOf(role, intent.body));
      if (index < 0) continue;
      const [turns, times] = [{ [role]: index }, { [role]: Number.NEGATIVE_INFINITY }];
      found = {
        ...found,
        turn: { ...found.turn, ...turns },
        openedAt: { ...found.openedAt, ...times },
      };
    }
  }
  return found;
}

/**
 * Its referrer, while none is registered or asked for. One that was refused is asked for again later, each time after
 * twice the wait, a day at most: it may have been refused for good.
 */
function registering(
  view: AgentView,
  { registers: { at } }: EscrowMemory,
  { config: { registers }, now, stance }: Context,
): Intent | undefined {
  if (registers === undefined || view.referrer !== undefined) return undefined;
  if (stance !== "run" || now < at) return undefined;
  return { command: "RegisterReferrer", body: { referrer: registers } };
}

/** What is due on one escrow: deliver what is funded, release what is delivered, dispute what is late. */
function act(
  { escrow, role, phase, pending }: EscrowView,
  since: EscrowMemory["since"],
  { config, now }: Context,
): Intent | undefined {
  if (pending !== "") return undefined;
  if (role === "earn" && phase === "funded") return { command: "DeliverEscrow", body: { escrow } };
  if (role === "pay" && phase === "delivered")
    return { command: "ReleaseEscrow", body: { escrow } };
  const waits =
    (role === "pay" && phase === "funded") || (role === "earn" && phase === "delivered");
  const late = now - (since[escrow]?.at ?? now) >= config.disputeAfterMs;
  // Undelivered, the timeout refunds the payer anyway, at no fee: to dispute is a choice.
  if (!waits || !late || config.dispute === "never") return undefined;
  const reason = role === "pay" ? "not delivered in time" : "delivered and not released";
  return { command: "DisputeEscrow", body: { escrow, reason } };
}

/** The next deal of a role that may be opened now: in turn, within count, time, share and cash. */
function dealFor(
  role: Role,
  view: AgentView,
  memory: EscrowMemory,
  context: Context,
): { readonly deal: Deal; readonly index: number } | undefined {
  const { config, now } = context;
  const deals = role === "pay" ? config.buy : config.sell;
  const open = openIn(view).filter((escrow) => escrow.role === role);
  if (open.length >= config.maxOpen) return undefined;
  if (now - memory.openedAt[role] < config.everyMs) return undefined;
  const most = role === "pay" ? spendable(view, open, config) : undefined;
  for (let step = 0; step < deals.length; step++) {
    const index = (memory.turn[role] + step) % deals.length;
    const deal = deals[index];
    if (deal === undefined || isCooling(memory.cooldowns, keyOf(role, deal), now)) continue;
    if (!isKnown(deal, memory, context)) continue;
    if (most === undefined || usdcOf(deal.amount) <= most) return { deal, index };
  }
  return undefined;
}

/** What purchases may still take: a share of the cap less what is held, and what is available. */
function spendable(
  view: AgentView,
  open: readonly EscrowView[],
  { useShare }: EscrowConfig,
): Micro {
  const held = open.reduce((sum, escrow) => sum + usdcOf(escrow.amount), 0n);
  const parts = BigInt(Math.floor(useShare * 1e6));
  const cap = usdcOf(view.delegation?.cap ?? "0");
  const left = micro(mulDiv(cap, parts, 1_000_000n, "floor") - held);
  return min(left, usdcOf(view.delegation?.available ?? "0"));
}

function opening(role: Role, { needs: _, ...deal }: Deal, { config, name }: Context): Intent {
  const { referrer, referee } = config;
  return {
    command: "OpenEscrow",
    body: {
      ...{ escrow: name("e"), role, ...deal },
      ...(referrer === undefined ? {} : { referrer }),
      ...(referee === undefined ? {} : { referee }),
    },
  };
}

/** Since when each escrow is in its phase. After a restart, since it was first seen again. */
function seen(view: AgentView, memory: EscrowMemory, now: number): EscrowMemory["since"] {
  const since: Record<string, { phase: string; at: number }> = {};
  for (const { escrow, phase } of view.escrows) {
    const before = memory.since[escrow];
    since[escrow] = before?.phase === phase ? before : { phase, at: now };
  }
  return since;
}

const OVER = new Set<string>(["released", "refunded", "failed"]);
const openIn = (view: AgentView): readonly EscrowView[] =>
  view.escrows.filter((escrow) => !OVER.has(escrow.phase));

const keyOf = (role: Role, { counterparty, amount }: Pick<Deal, "counterparty" | "amount">) =>
  `${role} ${counterparty} ${amount}`;
const dealKey = ({ intent }: Outcome): string | undefined =>
  intent.command === "OpenEscrow" ? keyOf(intent.body.role, intent.body) : undefined;
