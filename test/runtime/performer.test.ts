/** The performer: what acts on an effect leaves after it, and everything else leaves at once. */
import { describe, expect, test } from "vitest";
import { millis } from "../../src/core/time.ts";
import type { Approved, Effect, EffectAnswer, EffectName } from "../../src/protocol/effects.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { Performer } from "../../src/runtime/performer.ts";
import type { LookupAnswer, VenuePort } from "../../src/venue/port.ts";

const ACCEPTED: EffectAnswer = { outcome: "accepted" };
const approved = (name: string, effect: object): Approved => ({
  name: name as EffectName,
  agent: "alice" as Approved["agent"],
  effect: effect as Effect,
});
const PLACE = approved("1.0.0", { type: "PlaceOrder" });
const CANCEL = approved("2.0.0", { type: "CancelOrder", order: "1.0.0" });

/** Lets everything that is ready run. */
const settled = () => new Promise<void>((done) => setImmediate(done));

/** A venue that answers when it is told to, and what left for it in its order. */
function bench(lookups: readonly LookupAnswer[] = []) {
  const sent: string[] = [];
  const pending = new Map<string, (answer: EffectAnswer) => void>();
  const answers: string[] = [];
  const found = [...lookups];
  const venue = {
    submit: ({ name }: Approved) => {
      sent.push(name);
      return new Promise<EffectAnswer>((done) => pending.set(name, done));
    },
    lookup: async (name: EffectName) => {
      sent.push(`lookup ${name}`);
      return found.shift() ?? { found: "accepted" };
    },
  } as Partial<VenuePort> as VenuePort;
  const silent = () => undefined;
  const clock: Clock = {
    ...{ now: () => millis(0), mono: () => 0, sleep: settled },
    ...{ after: () => silent, soon: (work) => void setImmediate(work) },
  };
  const performer = new Performer({
    ...{ venue, clock, mayAct: () => true },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    answer: (name, { outcome }) => answers.push(`${name} ${outcome}`),
  });
  const says = (name: string, answer: EffectAnswer = ACCEPTED) => {
    pending.get(name)?.(answer);
    return settled();
  };
  return { performer, sent, answers, says };
}

describe("an effect that acts on another", () => {
  test("PRF-001: a cancel never overtakes its order: it leaves when that is answered", async () => {
    const { performer, sent, says } = bench();
    performer.perform(PLACE, false);
    performer.perform(CANCEL, false);
    await settled();
    expect([sent, performer.outstanding]).toEqual([["1.0.0"], 2]);
    await says("1.0.0");
    expect(sent).toEqual(["1.0.0", "2.0.0"]);
    await says("2.0.0");
    expect(performer.outstanding).toBe(0);
  });

  test("PRF-002: unknown is no answer: it waits until the order is found or proved absent", async () => {
    const { performer, sent, answers, says } = bench([{ found: "absent" }]);
    performer.perform(PLACE, false);
    performer.perform(CANCEL, false);
    await settled();
    await says("1.0.0", { outcome: "unknown", reason: "timeout" });
    await settled();
    expect(sent).toEqual(["1.0.0", "lookup 1.0.0", "1.0.0"]);
    await says("1.0.0");
    expect(sent.at(-1)).toBe("2.0.0");
    expect(answers).toEqual(["1.0.0 unknown", "1.0.0 accepted"]);
  });

  test.each([
    ["DeliverEscrow", "escrow"],
    ["ReleaseEscrow", "escrow"],
    ["DisputeEscrow", "escrow"],
    ["RecallLoan", "loan"],
  ])("PRF-003: %s leaves after what opened it", async (type, field) => {
    const { performer, sent, says } = bench();
    performer.perform(PLACE, false);
    performer.perform(approved("3.0.0", { type, [field]: "1.0.0" }), false);
    await settled();
    expect(sent).toEqual(["1.0.0"]);
    await says("1.0.0");
    expect(sent).toEqual(["1.0.0", "3.0.0"]);
  });

  test("PRF-004: what acts on an effect answered before, or on none, leaves at once", async () => {
    const { performer, sent } = bench();
    performer.perform(CANCEL, false);
    performer.perform(approved("4.0.0", { type: "PlaceOrder" }), false);
    performer.perform(approved("5.0.0", { type: "RotateSeed" }), false);
    await settled();
    expect(sent).toEqual(["2.0.0", "4.0.0", "5.0.0"]);
  });
});
