/** Jobs between agents: the pay is held when one is posted, and goes to who did it, or back. */
import { describe, expect, test } from "vitest";
import { balance } from "../../src/fleet/ledger.ts";
import { agentView } from "../../src/fleet/views.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { ALICE, BOB, DORA, usd } from "./cast.ts";
import { by, given, ops, tick, wait } from "./spec.ts";
import { fleetOf, granted } from "./steps.ts";

const fleet = fleetOf(ALICE, BOB, DORA);
const post = by(ALICE, "PostJob", {
  ...{ job: "j1", kind: "data", brief: "what borrowers pay", amount: "5", ttlMs: 10_000 },
});
const take = by(BOB, "TakeJob", { by: "alice", job: "j1" });
const deliver = by(BOB, "DeliverJob", { by: "alice", job: "j1", result: "USDC 9.4 %" });
const accept = by(ALICE, "AcceptJob", { job: "j1" });
const reject = by(ALICE, "RejectJob", { job: "j1", reason: "not what was asked" });
const cancel = by(ALICE, "CancelJob", { job: "j1" });
const over = wait(10_000);
type Story = ReturnType<typeof given>;
/** What Alice has held and realized, what Bob has realized, and what is in the wallet. */
const sums = ({ state }: Story) => [
  ...[state.agents.get(ALICE)?.reserved, state.agents.get(ALICE)?.realized],
  ...[state.agents.get(BOB)?.realized, balance(state.ledger, "USDC/wallet")],
];
const all = (...texts: readonly string[]) => texts.map(usd);

describe("jobs", () => {
  test("JOB-001: posted, taken, delivered and accepted: the pay goes from one result to the other", () => {
    const story = given(...fleet).when(post);
    story.brings({ type: "JobPosted", amount: usd("5"), kind: "data" });
    expect(sums(story)).toEqual(all("5", "0", "0", "10000"));
    story.when(take).brings({ type: "JobTaken", agent: ALICE, by: BOB });
    story.when(deliver).brings({ type: "JobDelivered", result: "USDC 9.4 %" });
    expect(agentView(story.state, ALICE, 0)?.jobs).toMatchObject([
      { by: "alice", job: "j1", phase: "delivered", taker: "bob", result: "USDC 9.4 %" },
    ]);
    story
      .when(accept)
      .brings(
        { type: "JobEnded", phase: "paid" },
        { type: "InternalPaid", agent: ALICE, to: BOB, amount: usd("5"), note: "data j1" },
      );
    expect(sums(story)).toEqual(all("0", "-5", "5", "10000"));
  });

  test("JOB-002: delivered and not looked at in time, it is paid; undone in time, it lapses", () => {
    const silent = given(...fleet, post, take, wait(9_999), deliver, wait(9_999));
    silent.when(tick).bringsNo("JobEnded");
    silent.given(wait(1)).when(tick);
    silent.bringsAmong({ type: "InternalPaid", to: BOB } as never);
    expect(sums(silent)).toEqual(all("0", "-5", "5", "10000"));
    for (const before of [[post], [post, take]]) {
      const story = given(...fleet, ...before, over).when(tick);
      story.bringsAmong({ type: "JobEnded", phase: "lapsed" } as never);
      expect(sums(story)).toEqual(all("0", "0", "0", "10000"));
    }
  });

  test("JOB-003: rejected with a reason or taken back, nothing is paid and nothing stays held", () => {
    const story = given(...fleet, post, take, deliver).when(reject);
    story.brings({ type: "JobEnded", phase: "rejected", reason: "not what was asked" });
    expect(sums(story)).toEqual(all("0", "0", "0", "10000"));
    given(...fleet, post)
      .when(cancel)
      .brings({ type: "JobEnded", phase: "cancelled" });
  });

  test("JOB-004: one takes a job, and nobody its own; only who took it delivers", () => {
    const story = given(...fleet, post);
    story.when({ ...take, from: ALICE }).refused("bad_field");
    story.when(deliver).refused("illegal_phase", "posted");
    story.given(take);
    story.when({ ...take, from: DORA }).refused("illegal_phase", "taken");
    story.when({ ...deliver, from: DORA }).refused("not_allowed");
    story.when(cancel).refused("illegal_phase", "taken");
    story.when(accept).refused("illegal_phase", "taken");
  });

  test("JOB-005: no more is promised than is left of the delegation", () => {
    const poor = [...fleet, ops("Cut", { agent: "alice", cap: "4.99" })];
    given(...poor)
      .when(post)
      .refused("cap_exceeded", "asked 5, allowed 4.99");
    given(...fleet, post)
      .when(post)
      .refused("job_exists", "j1");
    given(...fleet)
      .when(take)
      .refused("unknown_job", "j1");
  });

  test("JOB-006: told to reduce an agent gives and takes no new work, and finishes what was begun", () => {
    const less = ops("SetMode", { mode: "reduce", reason: "x" });
    const story = given(...fleet, post, take, less);
    story.when({ ...post, body: { ...(post.body as object), job: "j2" } }).refused("reduce_only");
    story.when(deliver).brings({ type: "JobDelivered" });
    story.when(accept).bringsAmong({ type: "InternalPaid" } as never);
    given(...fleet, post, less)
      .when(take)
      .refused("reduce_only");
  });

  test("JOB-007: a revoked poster's open offers go; what was taken is paid before its delegation ends", () => {
    const revoke = ops("Revoke", { agent: "alice" });
    given(...fleet, post)
      .when(revoke)
      .bringsAmong({ type: "JobEnded", phase: "cancelled", reason: "revoked" } as never);
    const story = given(...fleet, post, take, revoke)
      .when(tick)
      .bringsNo("DelegationEnded");
    story.given(deliver).when(accept).bringsAmong({ type: "DelegationEnded" });
  });

  test("JOB-008: an agent sees its own jobs, those it has taken, and those that it may take", () => {
    const story = given(...fleet, post);
    const seen = (agent: typeof ALICE) => agentView(story.state, agent, 0)?.jobs.length;
    expect([ALICE, BOB, DORA].map(seen)).toEqual([1, 1, 1]);
    story.given(take);
    expect([ALICE, BOB, DORA].map(seen)).toEqual([1, 1, 0]);
  });

  test("JOB-009: pay away what brings it to its floor, and it may only reduce", () => {
    const floored = [...fleet, ops("Revoke", { agent: "alice" })];
    const again = granted(ALICE, { cap: "20", floor: "15" });
    given(...floored, again, post, take, deliver)
      .when(accept)
      .bringsAmong({ type: "FloorBreached", agent: ALICE } as never);
  });
});

describe("what an agent paid for jobs", () => {
  const HOUR = 3_600_000;
  const work = ({ state, now }: Story) => agentView(state, ALICE, now)?.work;
  /** One more job that is done and paid. */
  const bought = (job: string, amount = "5") => [
    by(ALICE, "Renew", {}),
    by(BOB, "Renew", {}),
    by(ALICE, "PostJob", { job, kind: "data", brief: "rates", amount, ttlMs: 10_000 }),
    by(BOB, "TakeJob", { by: "alice", job }),
    by(BOB, "DeliverJob", { by: "alice", job, result: "USDC 9.4 %" }),
    by(ALICE, "AcceptJob", { job }),
  ];

  test("JOB-030: the view tells when it posted last and what it paid, of whoever ends it, and of nothing else", () => {
    const story = given(...fleet);
    expect(work(story)).toBeUndefined();
    const since = story.now;
    story.given(post);
    expect(work(story)).toEqual({ postedAt: since, paid: "0" });
    story.given(wait(1_000), take, deliver);
    expect(work(story)).toEqual({ postedAt: since, paid: "0" });
    story.given(accept);
    expect(work(story)).toEqual({ postedAt: since, paid: "5" });
    expect(agentView(story.state, BOB, story.now)?.work).toBeUndefined();
    for (const end of [[cancel], [take, deliver, reject], [take, over, tick]])
      expect(work(given(...fleet, post, ...end))?.paid).toBe("0");
    expect(work(given(...fleet, post, take, deliver, over, tick))?.paid).toBe("5");
  });

  test("JOB-031: what it paid counts for a day, and for no more than an hour longer", () => {
    const story = given(...fleet, ...bought("a", "1"), wait(HOUR), ...bought("b", "2"));
    const [start, paid] = [story.now, () => work(story)?.paid];
    expect(paid()).toBe("3");
    const into = start % HOUR;
    story.given(wait(24 * HOUR - HOUR - into + HOUR - 1));
    expect(paid()).toBe("3");
    story.given(wait(1));
    expect(paid()).toBe("2");
    story.given(wait(HOUR));
    expect(paid()).toBe("0");
  });

  test("JOB-032: however often it pays, the fold keeps no more than 25 hours of it", () => {
    const story = given(...fleet);
    for (let i = 0; i < 80; i += 1) story.given(...bought(`j${i}`, "0.5"), wait(HOUR / 2));
    expect(story.state.agents.get(ALICE)?.work.paid).toHaveLength(25);
    expect(work(story)?.paid).toBe("24");
  });

  test("JOB-033: a snapshot brings it back as it was", () => {
    const story = given(...fleet, ...bought("a"), wait(HOUR), ...bought("b"));
    const thawed = thawState(freezeState(story.state));
    expect(thawed?.agents.get(ALICE)?.work).toEqual(story.state.agents.get(ALICE)?.work);
  });
});
