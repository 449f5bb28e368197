/** What is told of netting: agreements to every agent and the operator, a debt to who recorded it. */
import { expect, test } from "vitest";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import { ALICE, BOB, T0 } from "./cast.ts";
import { by, given, ops, type Story, tick } from "./spec.ts";
import { fleetOf } from "./steps.ts";

const HOUR = 3_600_000;
const agreed = ops("SetAgreement", { party: "shop", group: "club", everyMs: HOUR });
const owes = (due: string, amount: string) =>
  by(ALICE, "RecordDue", { due, party: "shop", direction: "pay", amount });
const told = ({ state }: Story, agent = ALICE) => agentView(state, agent, state.at);

test("DUE-011: an agreement is told to every agent and the operator; without one the field is absent", () => {
  const before = given(...fleetOf(ALICE, BOB));
  expect(told(before)).not.toHaveProperty("agreements");
  expect(fleetView(before.state, before.state.at)).not.toHaveProperty("agreements");
  const story = given(...fleetOf(ALICE, BOB), agreed);
  const nextAt = story.state.dues.nextAt.get("club" as never) ?? 0;
  expect(nextAt).toBeGreaterThanOrEqual(T0 + HOUR);
  const agreements = [{ party: "shop", group: "club", everyMs: HOUR, nextAt }];
  expect(told(story)?.agreements).toEqual(agreements);
  expect(told(story, BOB)?.agreements).toEqual(agreements);
  expect(fleetView(story.state, story.state.at).agreements).toEqual(agreements);
});

test("DUE-023: when a debt of each kind was recorded last is told, the 64 newest, netted or not", () => {
  const kinds = Array.from({ length: 65 }, (_, i) => owes(`d${i}`, `0.${i + 10}`));
  const story = given(...fleetOf(ALICE, BOB), agreed, ...kinds, { wait: 10 }, owes("e", "0.5"));
  story.when({ wait: HOUR }, tick);
  const { escrows, dues = [] } = told(story)?.dealt ?? {};
  expect([escrows, dues.length, dues[0]?.amount]).toEqual([[], 64, "0.11"]);
  const at = story.state.at - HOUR;
  expect(dues.at(-1)).toEqual({ party: "shop", direction: "pay", amount: "0.5", at });
  expect(told(story, BOB)).not.toHaveProperty("dealt");
});

test("DUE-012: twenty debts are told to their agent alone, and go in one payment", () => {
  const twenty = Array.from({ length: 20 }, (_, i) => owes(`d${i}`, "0.1"));
  const story = given(...fleetOf(ALICE, BOB), agreed, ...twenty);
  expect(told(story)?.dues).toHaveLength(20);
  expect(told(story)?.dues?.[0]).toEqual({
    ...{ due: "d0", party: "shop", direction: "pay", amount: "0.1" },
  });
  expect(told(story, BOB)).not.toHaveProperty("dues");
  story.when({ wait: HOUR }, tick);
  const [netted] = story.last?.events.filter(({ type }) => type === "DuesNetted") ?? [];
  expect(netted).toMatchObject({ transfers: [{ creditor: "shop", amount: 2_000_000n }] });
  expect(told(story)).not.toHaveProperty("dues");
});
