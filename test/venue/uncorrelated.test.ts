/** What does not hang on the market: domains and games bring the same whatever prices do. */
import { expect, test } from "vitest";
import { id } from "../../src/core/ids.ts";
import { DAY, HOUR } from "../../src/core/time.ts";
import type { VenueReport } from "../../src/protocol/reports.ts";
import { newWorld, request } from "../../src/venue/paper/engine.ts";
import type { World } from "../../src/venue/paper/world.ts";
import { approved, ask, depositOf, only, pass, SOON, smallTape, usd } from "./helpers.ts";

/** The same platform beside prices that stand, and beside prices that lose two thirds in a day. */
const worlds = (): readonly World[] =>
  [0, 0.022].map((fall) => {
    const prices = Array.from({ length: 49 }, (_, i) => (60_000 * (1 - fall) ** i).toFixed(1));
    const made = newWorld({ seed: "apart", tape: smallTape(prices), wallet: SOON });
    ask(made, depositOf("5000"));
    return made;
  });

/** What was told, without what stands in every report. */
const amounts = <T extends VenueReport["type"]>(reports: readonly VenueReport[], type: T) =>
  only(reports, type).map(({ seq: _, at: __, ...rest }) => rest);

test("UNC-001: what a parked domain brings is the same in a crash and in calm", () => {
  const [calm, crash] = worlds().map((made) => {
    const offers = only(ask(made, { type: "SearchDomains", query: "fleet" }), "domainsFound");
    const offer = offers[0]?.offers.find(({ visits, cost }) => visits >= 3 && cost < usd("700"));
    const domain = offer?.domain ?? id("none.com");
    for (let i = 0; i < 20; i += 1) {
      const buy = { type: "RegisterDomain", domain, maxCost: usd("700") } as const;
      request(made, approved(buy, `dom.${i}`));
      const [registered] = only(pass(made, 30_000), "domainRegistered");
      if (registered === undefined) continue;
      ask(made, { type: "ParkDomain", registration: registered.registration });
      return amounts(pass(made, DAY), "domainRevenue");
    }
    throw new Error("the registrar let us have none");
  });
  expect(calm?.length).toBeGreaterThan(40);
  expect(calm?.every(({ amount }) => amount > 0n)).toBe(true);
  expect(crash).toEqual(calm);
});

test("UNC-002: what games pay is the same in a crash and in calm", () => {
  const [calm, crash] = worlds().map((made) => {
    const bets = Array.from({ length: 24 }, (_, i) => {
      const bet = {
        type: "PlaceBet",
        ...{ bet: id(`b-${i}`), game: "dice", stake: usd("1") },
        clientSeed: `client-seed-${i}`,
        params: { direction: "over", threshold: 50 },
      } as const;
      request(made, approved(bet, `bet.${i}`));
      return amounts(pass(made, HOUR), "betSettled");
    });
    return bets.flat();
  });
  expect(calm).toHaveLength(24);
  expect(new Set(calm?.map(({ won }) => won)).size).toBe(2);
  expect(crash).toEqual(calm);
});
