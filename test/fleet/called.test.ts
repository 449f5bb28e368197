/** What a margin call closes while it is open. */
import { expect, test } from "vitest";
import { type AgentId, FLEET } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import { ALICE, BOB, POLICY, T0, usd } from "./cast.ts";
import { eventsOf } from "./crisis-cast.ts";
import { found, NAME, registered, search } from "./domain-steps.ts";
import {
  answered,
  by,
  effectOf,
  given,
  REJECTED,
  reported,
  type Step,
  tick,
  wait,
} from "./spec.ts";
import {
  configured,
  deposited,
  done,
  enrolled,
  fill,
  granted,
  marks,
  order,
  stopSet,
} from "./steps.ts";

const asks = (who: AgentId) =>
  by(who, "Reserve", { reservation: "r1", amount: "1", service: "trading", ttlMs: 60_000 });

const crisis = {
  ...{ graceMs: 300_000, callAt: percent(16), targetMaintenance: percent(10) },
  ...{ hysteresis: percent(5), depth: usd("1000000"), recallLoans: true },
};
const rules = { ...POLICY, dryPowder: percent(0), markJumpMax: percent(90), crisis };
const grown = (
  mode: "cross" | "isolated",
  deposit: string,
  cap: string,
  fall: string,
  ...before: readonly Step[]
) =>
  given(
    ...[configured(rules, "p2"), deposited(deposit), marks("10000")],
    ...[enrolled(ALICE), granted(ALICE, { cap, mode })],
    ...[enrolled(BOB), granted(BOB, { cap: "90" })],
    ...before,
    order(ALICE, "o1", { qty: "0.3" }),
    reported(fill(ALICE, "o1", "0.3"), done(ALICE, "o1", "0.3")),
    ...[reported(stopSet(ALICE)), marks(fall)],
  );

test("CAL-301: while a call is open nothing is opened: by nobody in the fleet's, by itself in an isolated agent's own", () => {
  const all = grown("cross", "1100", "610", "9200");
  expect(all.state.crisis.live).toEqual(new Set([FLEET]));
  expect(all.state.zone).toBe("yellow");
  for (const who of [ALICE, BOB]) all.when(asks(who)).refused("margin_called", "fleet");
  all.when(order(ALICE, "o2", { side: "sell", qty: "0.1", reduceOnly: true }));
  all.bringsAmong({ type: "OrderApproved" });
  const own = grown("isolated", "3000", "1000", "9700");
  expect(own.state.crisis.live).toEqual(new Set([ALICE]));
  own.when(asks(ALICE)).refused("margin_called", "alice");
  own.when(asks(BOB)).bringsAmong({ type: "ReservationHeld" });
});

test("CAL-302: nor are jobs given that hold pay or cover, or such a hedge taken; what holds nothing is", () => {
  const terms = { market: "btc-perp", side: "buy", qty: "0.01", cover: "5" } as const;
  const post = (who: AgentId, job: string, kind: "data" | "hedge" = "data") =>
    by(who, "PostJob", {
      ...{ job, kind, brief: "what it is worth", amount: "1", ttlMs: 60_000 },
      ...(kind === "hedge" ? { hedge: terms } : {}),
    });
  const take = (job: string) => by(ALICE, "TakeJob", { by: "bob", job });
  const all = grown("cross", "1100", "610", "9200");
  for (const who of [ALICE, BOB]) all.when(post(who, "j1")).refused("margin_called", "fleet");
  const own = grown("isolated", "3000", "1000", "9700");
  own.when(post(ALICE, "j1")).refused("margin_called", "alice");
  own.given(post(BOB, "j1"), post(BOB, "h1", "hedge"));
  own.when(take("h1")).refused("margin_called", "alice");
  own.when(take("j1")).brings({ type: "JobTaken" });
});

test("CAL-303: a call for maintenance cancels what rests and would open: filled it would be short of more", () => {
  const rests = (who: AgentId) =>
    order(who, "rest", { qty: "0.004", limit: "9000", leverage: 1_000_000 });
  const keys = (story: ReturnType<typeof given>) =>
    [...story.state.orders].flatMap(([key, { cancelling }]) => (cancelling ? [key] : []));
  const all = grown("cross", "1100", "660", "9700");
  all.given(rests(ALICE), rests(BOB), marks("9200"));
  expect(eventsOf(all, "MarginCalled")).toMatchObject([{ agent: FLEET, cause: "maintenance" }]);
  expect(keys(all)).toEqual(["alice/rest", "bob/rest"]);
  const own = grown("isolated", "3000", "1000", "9990");
  own.given(rests(ALICE), rests(BOB), marks("9700"));
  expect(eventsOf(own, "MarginCalled")).toMatchObject([{ agent: ALICE }]);
  expect(keys(own)).toEqual(["alice/rest"]);
});

const lent: readonly Step[] = [
  by(ALICE, "OpenLoan", {
    ...{ loan: "l1", asset: "USDC", amount: "20", minRate: 0, noticeMs: 60_000 },
  }),
];
const lends = reported((law) => ({
  type: "loanOpened",
  loan: law.loans.get("alice/l1")?.name as never,
  ...{ rate: percent(5), collateral: percent(150) },
}));
const retried: readonly Step[] = [wait(POLICY.closeRetryMs - 1), tick];

test("CAL-306: a cancel or a recall that the venue refused in a call is asked for again after the retry wait, not at its end", () => {
  const rest = order(ALICE, "rest", { qty: "0.004", limit: "9000", leverage: 1_000_000 });
  const asked = (fall: string) =>
    given(
      configured(rules, "p2"),
      ...[deposited("3000"), marks("10000"), enrolled(ALICE)],
      granted(ALICE, { cap: "1000", mode: "isolated", leaseMs: 9_000_000 }),
      order(ALICE, "o1", { qty: "0.3" }),
      reported(fill(ALICE, "o1", "0.3"), done(ALICE, "o1", "0.3")),
      ...[reported(stopSet(ALICE)), ...lent, lends, rest, marks(fall)],
    );
  const states = ({ state }: ReturnType<typeof given>) => [
    state.orders.get("alice/rest")?.cancelling,
    state.loans.get("alice/l1")?.phase,
  ];
  const own = asked("9700");
  expect(own.state.crisis.live).toEqual(new Set([ALICE]));
  expect(states(own)).toEqual([true, "recalling"]);
  for (const act of ["CancelOrder", "RecallLoan"]) own.given(answered(effectOf(act), REJECTED));
  expect(states(own)).toEqual([false, "open"]);
  own.given(...retried);
  expect(states(own)).toEqual([false, "open"]);
  own.given(wait(1), tick);
  expect(states(own)).toEqual([true, "recalling"]);
  expect(eventsOf(own, "LoanRecallRequested").map(({ reason }) => reason)).toEqual([
    ...["call-1", "call-1"],
  ]);
  // What it asked for itself without a call it may have again when it is refused.
  const free = asked("9990").given(
    by(ALICE, "CancelOrder", { order: "rest" }),
    by(ALICE, "RecallLoan", { loan: "l1" }),
    ...["CancelOrder", "RecallLoan"].map((act) => answered(effectOf(act), REJECTED)),
    ...[...retried, wait(1), tick],
  );
  expect(states(free)).toEqual([false, "open"]);
});

test("CAL-307: a loan that a borrower takes while a call is open is asked back at once, of whom the call concerns", () => {
  const recalls = (mode: "cross" | "isolated", deposit: string, cap: string, fall: string) =>
    eventsOf(grown(mode, deposit, cap, fall, ...lent).given(lends), "LoanRecallRequested");
  expect(recalls("isolated", "3000", "1000", "9700")).toMatchObject([{ reason: "call-1" }]);
  expect(recalls("cross", "1100", "640", "9200")).toMatchObject([{ reason: "call-1" }]);
  expect(recalls("isolated", "3000", "1000", "9990")).toEqual([]);
});

const pay = by(ALICE, "PayAgent", { to: "bob", amount: "10" });
const release = by(ALICE, "ReleaseEscrow", { escrow: "e1" });
const accept = by(ALICE, "AcceptJob", { job: "j1" });
const sell = (asking: string) => by(ALICE, "ListDomain", { domain: NAME, asking });
/** Alice owes for work that bob has done, pays into an escrow, and owns a name that cost 12. */
const owing: readonly Step[] = [
  by(ALICE, "PostJob", { job: "j1", kind: "data", brief: "work", amount: "10", ttlMs: 60_000 }),
  by(BOB, "TakeJob", { by: "alice", job: "j1" }),
  by(BOB, "DeliverJob", { by: "alice", job: "j1", result: "done" }),
  by(ALICE, "OpenEscrow", {
    ...{ escrow: "e1", role: "pay", counterparty: "shop", amount: "10" },
    ...{ timeoutMs: 9_000, description: "work" },
  }),
  reported((law) => ({
    type: "escrowFunded",
    escrow: law.escrows.get("alice/e1")?.name as never,
    expiresAt: millis(T0 + 9_000),
  })),
  ...[search, reported(found()), by(ALICE, "RegisterDomain", { domain: NAME })],
  reported(registered()),
];

test("CAL-304: who is called on its own cap pays nothing away: no agent, no escrow, no work, no name below its cost", () => {
  const own = grown("isolated", "3000", "1000", "9700", ...owing);
  expect(own.state.crisis.live).toEqual(new Set([ALICE]));
  for (const gift of [pay, release, accept, sell("11.999999")])
    own.when(gift).refused("margin_called", "alice");
  // What its own agreement lets it do without losing any is open, and so is being paid.
  own.when(by(BOB, "PayAgent", { to: "alice", amount: "10" })).brings({ type: "InternalPaid" });
  own.when(sell("12")).brings({ type: "DomainActRequested" });
  own.when(by(ALICE, "RejectJob", { job: "j1", reason: "bad" })).brings({ type: "JobEnded" });
});

test("CAL-305: without a call of its own it pays as ever: a call of the fleet does not hold it", () => {
  const own = grown("isolated", "3000", "1000", "9990", ...owing);
  expect(own.state.crisis.live).toEqual(new Set());
  own.given(pay, release, accept, sell("1"));
  const all = grown("cross", "1100", "660", "9200", ...owing);
  expect(all.state.crisis.live).toEqual(new Set([FLEET]));
  all.when(release).brings({ type: "EscrowActRequested" });
  all.when(accept).bringsAmong({ type: "InternalPaid" });
});

test("CAL-308: what a call puts right by itself is told in its own turn: nobody waits for the next", () => {
  const story = given(
    ...[configured(rules, "p2"), deposited("1000"), marks("10000")],
    ...[enrolled(ALICE), granted(ALICE, { cap: "950" })],
  );
  const all = { reservation: "r0", amount: "900", service: "trading", ttlMs: 60_000 } as const;
  story.when(by(ALICE, "Reserve", all));
  story.bringsAmong({ type: "MarginCalled", agent: FLEET }, { type: "ReservationVoided" });
  expect(story.last?.events.at(-1)).toMatchObject({ type: "MarginCured", agent: FLEET });
  expect([story.state.zone, story.state.crisis.live.size]).toEqual(["green", 0]);
  story.when(asks(ALICE)).brings({ type: "ReservationHeld" });
});
