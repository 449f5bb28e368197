/** Every refusal that the law can give, given at least once; and the few that only the door gives. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { USDC } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { answered } from "../../src/fleet/turn.ts";
import { REJECTIONS, type RejectionCode } from "../../src/protocol/rejections.ts";
import type { Command } from "../../src/protocol/turns.ts";
import { BET_CASES } from "./bet-cases.ts";
import { ALICE, named, POLICY, TEN_TIMES } from "./cast.ts";
import { DOMAIN_CASES } from "./domain-cases.ts";
import { alice, CASES, reserve } from "./rejection-cases.ts";
import { RISK_CASES } from "./risk-cases.ts";
import { given, inner, ops } from "./spec.ts";
import { configured, deposited, enrolled, granted, marks, order } from "./steps.ts";

/** Given by the door before a command reaches the law: bytes, fields, rates, queues, leadership. */
const DOOR: readonly RejectionCode[] = [
  "malformed",
  "too_large",
  "unknown_command",
  "command_expired",
  "busy",
  "not_leading",
  "expiry_too_far",
  "rate_limited",
];

describe("refusals", () => {
  const cases = [...CASES, ...RISK_CASES, ...DOMAIN_CASES, ...BET_CASES].map(
    ([code, before, command, detail]) => ({
      code,
      before,
      command,
      detail,
    }),
  );
  test.each(cases)(
    "REJ-001: $code is given, with its numbers, and changes nothing",
    ({ code, before, command, detail }) => {
      const story = given(...before);
      const { reserved, committed } = story.state;
      story.when(command).refused(code, detail);
      expect({ reserved, committed }).toEqual({
        reserved: story.state.reserved,
        committed: story.state.committed,
      });
    },
  );

  test("REJ-002: the coordinator's books that differ shut openings, raises and withdrawals", () => {
    const differ = inner("CompareBooks", {
      through: 1,
      differences: [{ what: "cash", ours: "1", theirs: "2" }],
    });
    given(...alice, differ)
      .when(reserve("r1"))
      .refused("reduce_only");
    given(...alice, differ)
      .when(ops("Withdraw", { asset: "USDC", amount: "1", to: "home" }))
      .refused("reduce_only");
    given(...alice, differ)
      .when(ops("Raise", { agent: "alice", cap: "2100" }))
      .refused("reduce_only");
  });

  test("REJ-003: from yellow on nothing leveraged is opened, from orange on nothing at all", () => {
    const tight = { ...POLICY, dryPowder: percent(0) };
    const fleet = [
      ...[configured(tight, "p2"), deposited("1000"), marks("10000"), enrolled(ALICE)],
      granted(ALICE, { cap: "1000", maxLeverage: TEN_TIMES }),
    ];
    const yellow = given(...fleet, reserve("r1", "600"));
    expect(yellow.state.zone).toBe("yellow");
    yellow.when(order(ALICE, "o1", { qty: "0.001", leverage: 1_000_001 })).refused("zone_closed");
    yellow
      .when(order(ALICE, "o2", { qty: "0.001", leverage: 1_000_000 }))
      .bringsAmong({ type: "OrderApproved" });
    const orange = given(...fleet, reserve("r1", "750"));
    orange.when(order(ALICE, "o2", { qty: "0.001", leverage: 1_000_000 })).refused("zone_closed");
    orange.when(reserve("r2", "1")).refused("zone_closed");
  });

  test("REJ-004: an id stands for one command: other bytes under it are refused", () => {
    const story = given(...alice, { ...reserve("r1"), id: "once" });
    const print = story.last?.print ?? -1;
    const again = (mark: number): Command => {
      const stamp = { id: named("once"), from: ALICE, at: story.now, exp: story.now, print: mark };
      return { type: "Renew", stamp, body: { id: named("once") } };
    };
    expect(answered(story.state, again(print))).toMatchObject({ ok: true });
    expect(answered(story.state, again(print + 1))).toMatchObject({ code: "id_reused" });
  });

  test("REJ-005: every code is given by a story above or by the door", () => {
    const here = ["zone_closed", "reduce_only", "id_reused", "margin_called"] as const;
    const told = new Set<string>(
      [...CASES, ...RISK_CASES, ...DOMAIN_CASES, ...BET_CASES]
        .map(([code]) => code)
        .concat(here, DOOR),
    );
    expect(REJECTIONS.map(({ code }) => code).filter((code) => !told.has(code))).toEqual([]);
  });

  test("REJ-006: no code of the door's own is given by the law", () => {
    const folder = new URL("../../src/fleet/", import.meta.url);
    const law = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    for (const code of DOOR) {
      expect(law.filter((text) => text.includes(`refuse("${code}"`))).toEqual([]);
    }
  });

  test("REJ-007: a refused command is journaled, with its answer, and nothing else", () => {
    const story = given(...alice)
      .when(reserve("r1", "9999"))
      .refused("cap_exceeded");
    expect(story.journal.at(-1)?.turn).toMatchObject({ type: "Reserve", events: [] });
    expect(story.state.answers.get(`alice/${story.last?.id}`)?.answer).toMatchObject({ ok: false });
    expect(story.state.ledger.get(`${USDC}/wallet`)).toBe(10_000_000_000n);
  });
});
