/** What an agent is told of its escrows: all that it named, who judges, and when the money falls back. */
import { describe, expect, test } from "vitest";
import { millis } from "../../src/core/time.ts";
import type { Law } from "../../src/fleet/state.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE } from "./cast.ts";
import { by, given, reported, type Story } from "./spec.ts";
import { fleetOf } from "./steps.ts";

const open = (more: object = {}) =>
  by(ALICE, "OpenEscrow", {
    ...{ escrow: "e1", role: "pay", counterparty: "shop", amount: "100", timeoutMs: 9_000 },
    ...{ description: "a data set", ...more },
  });
const says =
  (more: object) =>
  (law: Law): ReportBody =>
    ({ escrow: law.escrows.get("alice/e1")?.name, ...more }) as ReportBody;
const told = (story: Story) => agentView(story.state, ALICE, story.state.at)?.escrows[0];

describe("what is told of an escrow", () => {
  test("ESC-040: its description, referrer and referee stand in the view and in the venue's order", () => {
    const story = given(...fleetOf(ALICE)).when(open({ referrer: "bob", referee: "judge" }));
    story.brings({
      type: "EscrowRequested",
      effect: { effect: { type: "OpenEscrow", referrer: "bob", referee: "judge" } },
    });
    expect(told(story)).toMatchObject({
      ...{ description: "a data set", referrer: "bob", referee: "judge", expiresAt: 0 },
    });
    const plain = given(...fleetOf(ALICE)).when(open());
    expect(told(plain)).toMatchObject({ referrer: "", referee: "", expiresAt: 0 });
    const [event] = plain.last?.events ?? [];
    const effect = event?.type === "EscrowRequested" ? event.effect.effect : undefined;
    expect(effect !== undefined && "referee" in effect).toBe(false);
  });

  test("ESC-041: once funded it says when it falls back, and a dispute stops that clock", () => {
    const story = given(...fleetOf(ALICE), open());
    story.given(reported(says({ type: "escrowFunded", expiresAt: millis(70_000) })));
    expect(told(story)).toMatchObject({ phase: "funded", expiresAt: 70_000 });
    story.given(reported(says({ type: "escrowDelivered" })));
    expect(told(story)).toMatchObject({ phase: "delivered", expiresAt: 70_000 });
    story.given(reported(says({ type: "escrowDisputed", reason: "late" })));
    expect(told(story)).toMatchObject({ phase: "disputed", expiresAt: 0 });
  });

  test("ESC-042: who the escrow is with cannot be its referee", () => {
    given(...fleetOf(ALICE))
      .when(open({ referee: "shop" }))
      .refused("not_allowed", "a party cannot be referee");
  });
});
