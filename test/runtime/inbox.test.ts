/** What waits for its turn: agents take turns, and what is let go of is nobody's turn. */
import { expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { Inbox } from "../../src/runtime/inbox.ts";

const [A, B] = [agentId("alice"), agentId("bob")];
const all = (inbox: Inbox<string>): string[] => {
  const found: string[] = [];
  for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) found.push(next);
  return found;
};

test("INB-001: agents take turns, their own keep their order, the fleet's own come first", () => {
  const inbox = new Inbox<string>();
  for (const one of ["a1", "a2", "a3"]) inbox.push(A, one);
  inbox.push(B, "b1");
  inbox.pushOwn("halt");
  expect(all(inbox)).toEqual(["halt", "a1", "b1", "a2", "a3"]);
});

test("INB-002: what of one agent is let go of has no turn, and what of others waits has its own", () => {
  const inbox = new Inbox<string>();
  for (const one of ["a1", "a2", "a3"]) inbox.push(A, one);
  for (const one of ["b1", "b2"]) inbox.push(B, one);
  expect(inbox.shift()).toBe("a1");
  expect(inbox.forget(A)).toBe(2);
  expect(inbox.forget(A)).toBe(0);
  expect(inbox.size).toBe(2);
  inbox.push(A, "a4");
  expect(inbox.size).toBe(3);
  expect(all(inbox).sort()).toEqual(["a4", "b1", "b2"]);
  expect(inbox.size).toBe(0);
  inbox.push(A, "a5");
  expect(all(inbox)).toEqual(["a5"]);
});
