/** The escrow specialist started anew on what the law tells it: what is over by then is not done before its time. */
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { resumeEscrow } from "../../agents/escrow/resume.ts";
import { escrowStrategy } from "../../agents/escrow/strategy.ts";
import { millis } from "../../src/core/time.ts";
import type { Law } from "../../src/fleet/state.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { readView } from "../../src/sdk/incoming.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { ALICE } from "../fleet/cast.ts";
import { by, given, ops, reported, type Step, tick, wait } from "../fleet/spec.ts";
import { fleetOf } from "../fleet/steps.ts";
import { bodies, decided } from "./context.ts";

const HOUR = 3_600_000;
const deal = (counterparty: string) => ({
  ...{ counterparty, amount: "10", timeoutMs: HOUR, description: "data for a test" },
});
const config = escrowConfig.parse({
  ...{ buy: [deal("out-a"), deal("out-b")], sell: [deal("out-c")], everyMs: HOUR, jobs: [] },
  account: [
    { party: "shop", direction: "pay", amount: "5", everyMs: HOUR, note: "a day's feed" },
    { party: "shop", direction: "receive", amount: "3", everyMs: HOUR, note: "a day's signals" },
  ],
});

const says =
  (more: object) =>
  (law: Law): ReportBody =>
    ({ escrow: law.escrows.get("alice/e1")?.name, ...more }) as ReportBody;
const opened = by(ALICE, "OpenEscrow", { escrow: "e1", role: "pay", ...deal("out-a") });
const bought: readonly Step[] = [
  opened,
  reported(says({ type: "escrowFunded", expiresAt: millis(70_000) })),
  reported(says({ type: "escrowDelivered" })),
  by(ALICE, "ReleaseEscrow", { escrow: "e1" }),
  reported(says({ type: "escrowReleased", received: 0n, fee: 0n, referral: 0n })),
];
const agreed = ops("SetAgreement", { party: "shop", everyMs: 20_000 });
const owes = by(ALICE, "RecordDue", { due: "d1", party: "shop", direction: "pay", amount: "5" });

/** What the law shows to Alice after these steps, as it comes over the wire. */
function seenAfter(...steps: readonly Step[]): AgentView {
  const { state, now } = given(...fleetOf(ALICE), ...steps);
  const view = readView(agentView(state, ALICE, now));
  if (typeof view === "string") throw new Error(view);
  return view;
}

/** What a new start would open and record on this truth, at a look so long after it. */
function startedOn(view: AgentView, laterMs = 0) {
  const memory = resumeEscrow(view, config);
  const at = view.at + laterMs;
  const { delegation } = sampleView("escrow", { at });
  const decision = decided(escrowStrategy, { ...view, at, delegation }, memory, config);
  return {
    opened: bodies(decision, "OpenEscrow").map(({ counterparty }) => counterparty),
    recorded: bodies(decision, "RecordDue").map(({ direction }) => direction),
  };
}

test("ESA-026: started again, it leaves the deal that is open its time, and then takes the next one", () => {
  const view = seenAfter(opened, wait(60_000));
  expect(view.escrows).toHaveLength(1);
  expect(startedOn(view).opened).toEqual(["out-c"]);
  expect(startedOn(view, HOUR).opened).toEqual(["out-b", "out-c"]);
  // Who never had one begins at once.
  expect(startedOn(seenAfter()).opened).toEqual(["out-a", "out-c"]);
});

test("ESA-027: started again, it records no debt anew that stands in its view", () => {
  const view = seenAfter(agreed, owes);
  expect(view.dues).toHaveLength(1);
  expect(startedOn(view).recorded).toEqual(["receive"]);
  expect(startedOn(view, HOUR).recorded).toEqual(["pay", "receive"]);
});

test("ESA-030: a deal that is over had its turn: a new start waits its time, and takes the next one", () => {
  const view = seenAfter(...bought, wait(60_000));
  expect(view.escrows).toEqual([]);
  expect(startedOn(view).opened).toEqual(["out-c"]);
  expect(startedOn(view, HOUR - 60_000).opened).toEqual(["out-b", "out-c"]);
});

test("ESA-031: a debt that was netted meanwhile is not recorded again before its time", () => {
  const view = seenAfter(agreed, owes, wait(20_000), tick);
  expect(view.dues ?? []).toEqual([]);
  expect(startedOn(view).recorded).toEqual(["receive"]);
  expect(startedOn(view, HOUR).recorded).toEqual(["pay", "receive"]);
});
