/** Reports in their order, and our books against the venue's. */
import { describe, expect, test } from "vitest";
import { USDC } from "../../src/core/ids.ts";
import { compareBooks } from "../../src/fleet/books.ts";
import type { VenueSnapshot } from "../../src/protocol/reports.ts";
import { ALICE, BTC_PERP, coins, ETH, T0, unitsOf, usd } from "./cast.ts";
import { by, given, inner } from "./spec.ts";
import { aliceLong, open } from "./steps.ts";

describe("reports", () => {
  const seed = (seq: number) =>
    ({ type: "seedCommitted", seedHash: `h${seq}`, seq, at: T0 }) as const;
  const take = (...seqs: readonly number[]) => inner("TakeReports", { reports: seqs.map(seed) });

  test("REP-001: reports are taken in order, each number once, also when sent again", () => {
    const story = given(...open)
      .when(take(2, 3))
      .brings(
        { type: "SeedCommitted" },
        { type: "SeedCommitted" },
        { type: "ReportsTaken", through: 3 },
      );
    story.when(take(2, 3)).bringsNothing();
    story
      .when(take(3, 4))
      .brings({ type: "SeedCommitted", seedHash: "h4" }, { type: "ReportsTaken", through: 4 });
    story.when(take()).bringsNothing();
  });

  test("REP-002: a gap is refused whole, before or within a batch", () => {
    given(...open)
      .when(take(3))
      .refused("report_gap", "got 3, expected 2");
    const story = given(...open)
      .when(take(2, 4))
      .refused("report_gap", "got 4, expected 3");
    expect(story.state.reportsThrough).toBe(1);
    given(...open)
      .when(take(3, 2))
      .refused("report_gap");
  });
});

describe("the venue's books", () => {
  const snapshot = (change: Partial<VenueSnapshot> = {}): VenueSnapshot => ({
    ...{ seq: 4, at: T0, openOrders: [], stops: [], locked: new Map() },
    balances: new Map([[USDC, unitsOf("9999", 6)]]),
    positions: new Map([[BTC_PERP, { qty: coins("0.1"), cost: usd("1000") }]]),
    ...change,
  });
  const compare = (venue: VenueSnapshot) =>
    inner("CompareBooks", {
      through: 4,
      differences: [...compareBooks(given(...aliceLong).state, venue)],
    });

  test("BOO-001: books that agree say nothing", () => {
    given(...aliceLong)
      .when(compare(snapshot()))
      .bringsNothing();
    const locked = snapshot({
      balances: new Map([[USDC, unitsOf("9000", 6)]]),
      locked: new Map([[USDC, unitsOf("999", 6)]]),
    });
    given(...aliceLong)
      .when(compare(locked))
      .bringsNothing();
  });

  test("BOO-002: a unit of cash, a lot of a position or a coin more is a difference, told with both sides", () => {
    const cash = snapshot({ balances: new Map([[USDC, unitsOf("9999.000001", 6)]]) });
    given(...aliceLong)
      .when(compare(cash))
      .brings({ type: "BooksDiffer", what: "cash less cost", ours: "8999", theirs: "8999.000001" });
    const flat = snapshot({ positions: new Map() });
    given(...aliceLong)
      .when(compare(flat))
      .brings(
        { type: "BooksDiffer", what: "position btc-perp" },
        { type: "BooksDiffer", what: "cash less cost" },
      );
    const coin = snapshot({
      balances: new Map([
        [USDC, unitsOf("9999", 6)],
        [ETH, unitsOf("1", 8)],
      ]),
    });
    given(...aliceLong)
      .when(compare(coin))
      .brings({ type: "BooksDiffer", what: "holding ETH", ours: "0", theirs: "1" });
  });

  test("BOO-003: while they differ nothing is opened; when they agree again it is; as of another report it says nothing", () => {
    const bad = compare(snapshot({ positions: new Map() }));
    const bet = by(ALICE, "PlaceBet", {
      bet: "b1",
      game: "dice",
      stake: "1",
      params: {},
      clientSeed: "alice-seed",
    });
    const story = given(...aliceLong, bad)
      .when(bet)
      .refused("reduce_only");
    story.when(bad).bringsNothing();
    story.when(inner("CompareBooks", { through: 2, differences: [] })).bringsNothing();
    story.when(compare(snapshot())).brings({ type: "BooksAgree", through: 4 });
    story.when(bet).brings({ type: "BetPlaced" });
  });
});
