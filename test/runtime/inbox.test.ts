/** What waits for its turn: agents take turns, each a share of a round, and what is let go of is nobody's turn. */
import { expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { Inbox, SHARE_MS, SHARE_TURNS } from "../../src/runtime/inbox.ts";

const [A, B, C] = [agentId("alice"), agentId("bob"), agentId("carol")];
/** All that may have its turn in this round, in order. */
const all = (inbox: Inbox<string>, now = 0): string[] => {
  const found: string[] = [];
  for (let next = inbox.shift(now); next !== undefined; next = inbox.shift(now)) found.push(next);
  return found;
};
/** So many of one agent: a1, a2 and so on. */
const many = (name: string, count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, i) => `${name}${from + i}`);

test("INB-001: agents take turns, their own keep their order, the fleet's own come first", () => {
  const inbox = new Inbox<string>();
  for (const one of ["a1", "a2"]) inbox.push(A, one, 0);
  inbox.push(B, "b1", 0);
  inbox.pushOwn("halt");
  expect(all(inbox)).toEqual(["halt", "a1", "b1", "a2"]);
});

test("INB-002: what of one agent is let go of has no turn, and what of others waits has its own", () => {
  const inbox = new Inbox<string>();
  for (const one of ["a1", "a2", "a3"]) inbox.push(A, one, 0);
  for (const one of ["b1", "b2"]) inbox.push(B, one, 0);
  expect(inbox.shift(0)).toBe("a1");
  expect(inbox.forget(A)).toBe(2);
  expect(inbox.forget(A)).toBe(0);
  expect(inbox.size).toBe(2);
  inbox.push(A, "a4", 0);
  expect(inbox.size).toBe(3);
  expect(all(inbox).sort()).toEqual(["a4", "b1", "b2"]);
  expect(inbox.size).toBe(0);
  inbox.nextRound(0, 0, 0);
  inbox.push(A, "a5", 0);
  expect(all(inbox)).toEqual(["a5"]);
});

test("INB-003: while another asks, an agent has its share of a round and then stands aside", () => {
  const inbox = new Inbox<string>();
  const burst = many("a", 2 * SHARE_TURNS + 1);
  for (const one of burst) inbox.push(A, one, 0);
  inbox.push(B, "b1", 0);
  const first = all(inbox);
  expect(first.filter((one) => one !== "b1")).toEqual(burst.slice(0, SHARE_TURNS));
  expect(first.indexOf("b1")).toBeLessThanOrEqual(1);
  // Nothing may have its turn, though much waits: whoever asks whether to go on is told so.
  expect([inbox.ready, inbox.size]).toEqual([false, SHARE_TURNS + 1]);
  // Who comes now does not wait for the next round.
  inbox.push(B, "b2", 1);
  expect([inbox.ready, all(inbox, 1)]).toEqual([true, ["b2"]]);
  inbox.nextRound(1, 0, 0);
  expect([inbox.ready, all(inbox, 1)]).toEqual([true, burst.slice(SHARE_TURNS, -1)]);
  inbox.nextRound(1, 0, 0);
  expect(all(inbox, 1)).toEqual(burst.slice(-1));
});

test("INB-004: an agent that is alone has all the turns that it wants", () => {
  const inbox = new Inbox<string>();
  const burst = many("a", 5 * SHARE_TURNS);
  for (const one of burst) inbox.push(A, one, 0);
  expect(all(inbox)).toEqual(burst);
  // Another one that asked a tenth of a second ago is not waited for.
  inbox.nextRound(1, 0, 0);
  inbox.push(B, "b1", 1);
  const more = many("a", 5 * SHARE_TURNS, 1_000);
  for (const one of more) inbox.push(A, one, 101);
  expect(all(inbox, 100).length).toBe(SHARE_TURNS + 1);
  expect(inbox.ready).toBe(false);
  inbox.nextRound(1, 0, 0);
  expect(all(inbox, 101)).toEqual(more.slice(SHARE_TURNS));
});

test("INB-005: what its rate gives an agent in the time of a round, it has whatever others want", () => {
  const inbox = new Inbox<string>();
  const burst = many("a", 100);
  for (const one of burst) inbox.push(A, one, 0);
  inbox.push(B, "b1", 0);
  // 4,000 a second are 20 in 5 ms.
  inbox.nextRound(0, 4_000, 5);
  expect(all(inbox).filter((one) => one !== "b1")).toEqual(burst.slice(0, 20));
  // Without a rate, all.
  inbox.nextRound(0);
  expect(all(inbox)).toEqual(burst.slice(20));
});

test("INB-006: turns that take long end an agent's share sooner, and no other's", () => {
  const inbox = new Inbox<string>();
  for (const one of many("a", SHARE_TURNS)) inbox.push(A, one, 0);
  for (const one of many("b", SHARE_TURNS)) inbox.push(B, one, 0);
  const found: string[] = [];
  for (let next = inbox.shift(0); next !== undefined; next = inbox.shift(0)) {
    found.push(next);
    inbox.took(next.startsWith("a") ? SHARE_MS : 0);
  }
  expect(found).toEqual(["a1", "b1", "b2"]);
  inbox.nextRound(1, 0, 0);
  expect(all(inbox)).toEqual(["a2"]);
});

test("INB-007: two that flood have each its own share: neither opens the door for the other", () => {
  const inbox = new Inbox<string>();
  for (const one of many("a", 50)) inbox.push(A, one, 0);
  for (const one of many("b", 50)) inbox.push(B, one, 0);
  inbox.push(C, "c1", 0);
  const first = all(inbox);
  expect(first.length).toBe(2 * SHARE_TURNS + 1);
  expect(first.indexOf("c1")).toBeLessThanOrEqual(2);
});

test("INB-008: who is let go of while it stands aside does not stand in line twice when it comes again", () => {
  const inbox = new Inbox<string>();
  for (const one of many("a", 50)) inbox.push(A, one, 0);
  inbox.push(B, "b0", 0);
  all(inbox);
  expect(inbox.forget(A)).toBe(50 - SHARE_TURNS);
  for (const one of many("a", 3, 100)) inbox.push(A, one, 0);
  for (const one of many("b", 3)) inbox.push(B, one, 0);
  inbox.nextRound(1, 0, 0);
  expect(all(inbox)).toEqual(["b1", "a100", "b2", "a101", "b3", "a102"]);
});

test("INB-009: where most have much to ask for nobody is paced, and one that has more than twice as much is", () => {
  const inbox = new Inbox<string>();
  const [few, lot] = [3 * SHARE_TURNS, 10 * SHARE_TURNS];
  for (const one of many("a", few)) inbox.push(A, one, 0);
  for (const one of many("b", few)) inbox.push(B, one, 0);
  for (const one of many("c", lot)) inbox.push(C, one, 0);
  inbox.nextRound(0, 0, 0);
  const had = all(inbox);
  const turnsOf = (agent: string): number => had.filter((one) => one.startsWith(agent)).length;
  expect(["a", "b", "c"].map(turnsOf)).toEqual([few, few, 2 * few]);
});
