/** The tour's own promises: the same at every run, judged, and a policy that is left out is told. */
import { describe, expect, test } from "vitest";
import type { Act } from "../../src/lab/tour/act.ts";
import { fileOf } from "../../src/lab/tour/act.ts";
import { DEBTS } from "../../src/lab/tour/acts/debts.ts";
import { KILLS } from "../../src/lab/tour/acts/kills.ts";
import { ACTS } from "../../src/lab/tour/playbill.ts";
import { POLICIES } from "../../src/lab/tour/policies.ts";
import { Tour } from "../../src/lab/tour/tour.ts";
import { CRISIS_FIELDS } from "../../src/protocol/crisis-policy.ts";
import type { PublicEvent } from "../../src/protocol/public.ts";

async function played(act: Act): Promise<{ tour: Tour; events: PublicEvent[] }> {
  const tour = new Tour();
  const events: PublicEvent[] = [];
  await tour.play(act, (event) => void events.push(event));
  return { tour, events };
}

/** Parts of other policies: they have no moment of their own in which they fire. */
const NUMBERS = [
  ...["targetMaintenance", "halfSpread", "permanentShare", "hedgeCost", "fundingPayments", "adl"],
  "cutSpare",
  "fewerOrders",
  "closeBy",
];

describe("the tour", () => {
  test("SIM-090: every field of a fleet file's crisis part belongs to a policy of the tour", () => {
    const named = new Set(POLICIES.map(({ field }) => field.split(".")[1]));
    const left = Object.keys(CRISIS_FIELDS.shape).filter((field) => !named.has(field));
    expect(left.filter((field) => !NUMBERS.includes(field))).toEqual([]);
    expect(new Set(POLICIES.map(({ name }) => name)).size).toBe(POLICIES.length);
  });

  test("SIM-091: every act has a fleet file that the program takes, and a name of its own", () => {
    expect(ACTS.map((act) => fileOf(act).fleet as string)).toEqual(
      ACTS.map(({ name }) => `tour-${name}`),
    );
    expect(new Set(ACTS.map(({ name }) => name)).size).toBe(ACTS.length);
  });

  test("SIM-092: an act played again is the same to the journal's last hash", async () => {
    const [first, second] = [await played(KILLS), await played(KILLS)];
    expect(first.tour.ends).toEqual(second.tour.ends);
    expect(first.tour.ends[0]?.breaches).toEqual([]);
    expect(first.events.length).toBeGreaterThan(50);
  });

  test("SIM-093: a flattened scope is flat after its last fill, and opens again by command alone", async () => {
    const { events } = await played(KILLS);
    const found = events.filter(({ type }) =>
      ["ModeSet", "FlatReached", "FillBooked", "Rejected"].includes(type),
    );
    const told = found.map(({ type, mode, venue }) =>
      [type, mode, venue].filter((part) => part !== undefined).join(" "),
    );
    const from = told.indexOf("ModeSet flatten harbour");
    expect(told.slice(from, from + 4)).toEqual([
      ...["ModeSet flatten harbour", "FillBooked", "FlatReached harbour", "Rejected"],
    ]);
    expect(told.at(-1)).toBe("FillBooked");
  });

  test("SIM-094: a policy that no act shows is counted as never", async () => {
    const { tour } = await played(DEBTS);
    const times = new Map(tour.tally.map(({ policy, times: many }) => [policy.name, many]));
    expect(times.get("netting of dues")).toBe(1);
    expect(times.get("dues wait for cash")).toBe(1);
    expect(times.get("trailing stop")).toBe(0);
    const netted = tour.tally.find(({ policy }) => policy.name === "netting of dues")?.first;
    expect(netted?.event).toMatchObject({ gross: "1650", cleared: "950", owed: "650" });
  });
});
