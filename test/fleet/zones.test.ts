/** Zones with hysteresis, cover and dry powder, and the floor under a delegation. */
import { describe, expect, test } from "vitest";
import { percent, ppm } from "../../src/core/ppm.ts";
import { zoneAt } from "../../src/fleet/zones.ts";
import { ALICE, BTC_PERP, POLICY, usd } from "./cast.ts";
import { by, given, ops, reported, type Step } from "./spec.ts";
import {
  aliceLong,
  configured,
  deposited,
  done,
  enrolled,
  fill,
  fleetOf,
  granted,
  marks,
  open,
  order,
} from "./steps.ts";

const reserve = (amount: string, reservation = "r1") =>
  by(ALICE, "Reserve", { reservation, amount, service: "trading", ttlMs: 600_000 });
const release = by(ALICE, "Release", { reservation: "r1" });

describe("zones", () => {
  const rules = POLICY.zones;
  test("ZON-001: a zone begins at its threshold and is left only below it by the hysteresis", () => {
    const cases = [
      ["green", 599_999, "green"],
      ["green", 600_000, "yellow"],
      ["yellow", 550_001, "yellow"],
      ["yellow", 550_000, "yellow"],
      ["yellow", 549_999, "green"],
      ["yellow", 750_000, "orange"],
      ["green", 900_000, "red"],
      ["red", 850_000, "red"],
      ["red", 800_000, "red"],
      ["red", 799_999, "orange"],
      ["red", 0, "green"],
      ["orange", 700_000, "orange"],
      ["orange", 699_999, "yellow"],
    ] as const;
    for (const [from, utilization, to] of cases) {
      expect([from, utilization, zoneAt(rules, ppm(utilization), from)]).toEqual([
        from,
        utilization,
        to,
      ]);
    }
  });

  test("ZON-002: the fleet's zone follows what is reserved, and says by what", () => {
    const bare = { ...POLICY, dryPowder: percent(0) };
    const fleet = [
      configured(bare),
      deposited("1000"),
      marks("10000"),
      enrolled(ALICE),
      granted(ALICE, { cap: "1000" }),
    ];
    const story = given(...fleet).when(reserve("600"));
    story.brings(
      { type: "ReservationHeld" },
      {
        type: "ZoneChanged",
        from: "green",
        to: "yellow",
        utilization: 600_000,
        reserved: usd("600"),
        collateral: usd("1000"),
      },
    );
    story.when(release).bringsAmong({ type: "ZoneChanged", from: "yellow", to: "green" } as never);
  });

  test("ZON-003: reserved without collateral is red", () => {
    const story = given(
      ...fleetOf(ALICE),
      order(ALICE, "o1", { leverage: 1_000_000 }),
      reported(fill(ALICE, "o1", "0.1")),
    );
    story.given(ops("Withdraw", { asset: "USDC", amount: "6999", to: "home" }));
    story.given(
      reported({
        type: "funding",
        market: BTC_PERP,
        rate: ppm(0),
        rateNano: 0n,
        mark: 1n as never,
        position: 1n as never,
        payment: usd("-3000") as never,
      }),
    );
    expect(story.state.zone).toBe("red");
  });
});

describe("cover", () => {
  test("CVR-001: a loss that takes the cover shuts openings; a deposit opens them again", () => {
    const tight = [...open, enrolled(ALICE), granted(ALICE, { cap: "9000" })];
    const story = given(...tight, order(ALICE, "o1"), reported(fill(ALICE, "o1", "0.1"))).when(
      marks("9999"),
    );
    expect(story.state.covered).toBe(false);
    story.when(reserve("1")).refused("uncovered");
    story.when(deposited("100")).bringsAmong({ type: "CoverageRestored" });
    story.when(reserve("1")).brings({ type: "ReservationHeld" });
  });

  test("CVR-002: dry powder is touched by no delegation, and rounds up", () => {
    const story = given(configured(), deposited("0.000001"), marks("10000"), enrolled(ALICE));
    story
      .when(granted(ALICE, { cap: "0.000001" }))
      .refused("coverage_exceeded", "asked 0.000001, allowed 0");
  });

  test("CVR-003: an unrealized gain is no collateral, an unrealized loss lowers it", () => {
    const story = given(...aliceLong, marks("11000"));
    expect(story.state.collateral).toBe(usd("9999"));
    story.given(marks("9500"));
    expect(story.state.collateral).toBe(usd("9949"));
  });

  test("CVR-004: a coin counts at its mark less its haircut, and without a mark not at all", () => {
    const story = given(configured(), deposited("1.5", "ETH" as never));
    expect(story.state.collateral).toBe(0n);
    story.given(marks("10000", "1000"));
    expect(story.state.collateral).toBe(usd("1200"));
  });
});

describe("isolated and cross, and the floor", () => {
  const fleet = (terms: Parameters<typeof granted>[1]) => [
    ...open,
    enrolled(ALICE),
    granted(ALICE, terms),
  ];
  const loss: readonly Step[] = [
    order(ALICE, "o1"),
    reported(fill(ALICE, "o1", "0.1")),
    marks("9000"),
  ];

  test("FLO-001: an isolated agent's losses use up its cap; a cross one's do not", () => {
    given(...fleet({ mode: "isolated" }), ...loss)
      .when(reserve("2000"))
      .refused("cap_exceeded", "asked 2000, allowed 1699");
    given(...fleet({ mode: "cross" }), ...loss)
      .when(reserve("2000"))
      .refused("cap_exceeded", "asked 2000, allowed 1800");
  });

  test("FLO-002: gains lift nobody's cap", () => {
    given(...fleet({ mode: "isolated" }), ...loss.slice(0, 2), marks("11900"))
      .when(reserve("2000"))
      .refused("cap_exceeded", "asked 2000, allowed 1799");
  });

  test("FLO-003: who has lost down to the floor may only reduce, from that very loss on", () => {
    const floor = (text: string) => fleet({ floor: text });
    const told = given(...floor("1899"), ...loss.slice(0, 2)).when(marks("9000"));
    told.bringsAmong({
      type: "FloorBreached",
      agent: ALICE,
      loss: usd("101"),
      allowed: usd("101"),
    });
    told.when(reserve("1")).refused("reduce_only");
    given(...floor("1898.999999"), ...loss.slice(0, 2))
      .when(marks("9000"))
      .bringsNo("FloorBreached");
    given(...floor("0"), ...loss.slice(0, 2))
      .when(marks("9000"))
      .bringsNo("FloorBreached");
  });

  test("FLO-004: losses before the grant count for nothing", () => {
    const story = given(...fleet({}), ...loss, order(ALICE, "o2", { side: "sell" }));
    story.given(
      reported(
        fill(ALICE, "o2", "0.1", "9000"),
        done(ALICE, "o1", "0.1"),
        done(ALICE, "o2", "0.1"),
      ),
    );
    story
      .given(ops("Revoke", { agent: "alice" }))
      .when(granted(ALICE, { mode: "isolated", floor: "1999" }));
    story.when(reserve("2000")).bringsAmong({ type: "ReservationHeld", agent: ALICE } as never);
  });

  test("FLO-005: a breach cancels what would open", () => {
    given(...fleet({ floor: "1899" }), ...loss.slice(0, 2), order(ALICE, "o2", { limit: "9990" }))
      .when(marks("9000"))
      .bringsAmong({ type: "CancelRequested", agent: ALICE, order: "o2" } as never);
  });
});
