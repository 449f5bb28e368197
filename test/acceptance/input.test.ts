/** Bad input to a running coordinator: each is answered with its code, and changes nothing. */
import { Packr } from "msgpackr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { COMMAND_BYTES_MAX } from "../../src/core/limits.ts";
import type { Reply } from "../../src/protocol/turns.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import type { Caller } from "../drill/caller.ts";
import { eventually } from "../drill/watch.ts";
import { rawClient } from "../wire/raw.ts";
import { hold, type Led, led } from "./led.ts";

let fleet: Led;
let agent: Caller;
let other: Caller;
beforeAll(async () => {
  fleet = await led({
    agents: [
      { agent: "drill-a", services: ["trading", "casino"] },
      { agent: "drill-b", services: ["trading"] },
      { agent: "drill-late", services: ["trading"], leaseMs: 1 },
    ],
  });
  agent = await fleet.rig.caller(agentId("drill-a"));
  other = await fleet.rig.caller(agentId("drill-b"));
});
afterAll(() => fleet?.rig.close());

/** Bytes that our own encoder would not write. */
const packr = new Packr({ useRecords: false });
let serial = 0;
const fresh = (): { id: string; exp: number } => {
  serial += 1;
  return { id: `bad-${serial}`, exp: Date.now() + 60_000 };
};
const holdWith = (more: object): Uint8Array => packr.pack({ ...fresh(), ...hold(), ...more });
const orderWith = (more: object): Uint8Array =>
  packr.pack({ ...fresh(), order: "o-1", market: "btc-perp", side: "buy", qty: "0.001", ...more });
const bytes = (...some: number[]): Uint8Array => Uint8Array.from(some);

/** What the law holds, but for the clock's and the market's own events. */
async function truth(): Promise<object> {
  const { reservations, orders, positions, bets, pnl, delegation } = await agent.view();
  const view = await other.view();
  const { counts, wallet, collateral } = await fleet.operator.status();
  const own = ["MarksSet", "ReportsTaken", "DeadlinesPassed", "LeaseExpired", "MarkRefused"];
  const events = Object.entries(counts).filter(([type]) => !own.includes(type));
  const others = [view.reservations, view.delegation?.reserved];
  const mine = [reservations, orders, positions, bets, pnl, delegation];
  return {
    mine,
    others,
    events: Object.fromEntries(events),
    wallet,
    collateral: collateral !== "",
  };
}

type Case = readonly [
  name: string,
  command: string,
  () => Uint8Array,
  code: string,
  number: number,
];
const DOOR: readonly Case[] = [
  ["nothing at all", "Reserve", () => bytes(), "malformed", 101],
  ["a byte that is no message", "Reserve", () => bytes(0xc1), "malformed", 101],
  ["a message cut short", "Reserve", () => holdWith({}).subarray(0, 20), "malformed", 101],
  ["a second value behind", "Reserve", () => bytes(0x80, 0x80), "malformed", 101],
  ["an extension type", "Reserve", () => bytes(0xd4, 0x01, 0x00), "malformed", 101],
  ["nesting without end", "Reserve", () => new Uint8Array(9_000).fill(0x91), "malformed", 101],
  [
    "a prototype's key",
    "Reserve",
    () => bytes(0x81, 0xa9, ...Buffer.from("__proto__"), 0x80),
    "malformed",
    101,
  ],
  ["NaN for an amount", "Reserve", () => holdWith({ amount: Number.NaN }), "malformed", 101],
  ["infinity for a time", "Reserve", () => holdWith({ ttlMs: Infinity }), "malformed", 101],
  ["a list for a body", "Reserve", () => packr.pack([1, 2]), "bad_field", 104],
  ["no id", "Reserve", () => packr.pack(hold()), "bad_field", 104],
  ["a field too many", "Reserve", () => holdWith({ colour: "red" }), "bad_field", 104],
  ["another agent's id", "Reserve", () => holdWith({ agent: "drill-b" }), "bad_field", 104],
  ["the text NaN", "Reserve", () => holdWith({ amount: "NaN" }), "bad_field", 104],
  ["a negative amount", "Reserve", () => holdWith({ amount: "-1" }), "bad_field", 104],
  ["minus zero", "Reserve", () => holdWith({ amount: "-0" }), "bad_field", 104],
  ["zero", "Reserve", () => holdWith({ amount: "0" }), "bad_field", 104],
  ["a seventh decimal", "Reserve", () => holdWith({ amount: "1.0000001" }), "bad_field", 104],
  ["an exponent", "Reserve", () => holdWith({ amount: "1e3" }), "bad_field", 104],
  ["a number for an amount", "Reserve", () => holdWith({ amount: 1.5 }), "bad_field", 104],
  ["more than there is", "Reserve", () => holdWith({ amount: "9".repeat(30) }), "bad_field", 104],
  ["an unknown service", "Reserve", () => holdWith({ service: "mining" }), "bad_field", 104],
  [
    "a wildcard in an id",
    "Reserve",
    () => holdWith({ reservation: "a.*" + ">" }),
    "bad_field",
    104,
  ],
  ["a ninth decimal", "PlaceOrder", () => orderWith({ qty: "0.000000001" }), "bad_field", 104],
  ["a negative quantity", "PlaceOrder", () => orderWith({ qty: "-1" }), "bad_field", 104],
  ["control characters", "PlaceOrder", () => orderWith({ note: "\u001b[2J" }), "bad_field", 104],
  ["an unknown command", "Steal", () => holdWith({}), "unknown_command", 103],
  ["a command of the operator's", "Raise", () => holdWith({}), "not_allowed", 105],
  ["a prototype's name", "Constructor", () => holdWith({}), "unknown_command", 103],
  ["an expiry that has passed", "Reserve", () => holdWith({ exp: 1_000 }), "command_expired", 107],
  [
    "an expiry too far ahead",
    "Reserve",
    () => holdWith({ exp: Date.now() + 86_400_000 }),
    "expiry_too_far",
    110,
  ],
];

describe("bad input at the door", () => {
  test.each(DOOR)(
    "ACC-020: %s is refused and changes nothing",
    async (_, command, make, code, number) => {
      const before = await truth();
      const neighbour = other.view();
      const reply = await sendRaw(command, make());
      expect(reply).toMatchObject({ ok: false, seq: 0, code, number });
      expect((await neighbour).agent).toBe("drill-b");
      expect(await truth()).toEqual(before);
    },
  );

  test("ACC-021: a message longer than a command may be is refused unread", async () => {
    const before = await truth();
    const reply = await sendRaw("Reserve", new Uint8Array(COMMAND_BYTES_MAX + 1));
    expect(reply).toMatchObject({ ok: false, seq: 0, code: "too_large", number: 102 });
    expect(await truth()).toEqual(before);
  });

  test("ACC-022: 10 MB never reach the coordinator: the broker cuts the sender off", async () => {
    const before = await truth();
    const { rig } = fleet;
    const client = await rawClient(rig.broker.port, rig.layout.keys, agentId("drill-a"));
    client.write(`PUB ${agent.subject("Reserve")} 10485760\r\n`);
    expect(await client.until(/-ERR '([^']*)'/)).toMatch(/Maximum Payload/i);
    await client.closed;
    expect(await other.ask("Release", { reservation: "none" })).toMatchObject({
      code: "unknown_reservation",
    });
    expect(await truth()).toEqual(before);
  });

  test("ACC-023: what was refused at the door is counted by its code", async () => {
    const { refusedAtDoor } = (await fleet.operator.status()).process;
    const told = ["malformed", "bad_field", "unknown_command", "not_allowed"];
    for (const code of told) expect(refusedAtDoor[code], code).toBeGreaterThan(0);
  });
});

describe("well-formed and wrong", () => {
  test("ACC-030: the same bytes under the same id have the same answer, from the same place", async () => {
    const sent = holdWith({});
    const first = await agent.send("Reserve", sent);
    expect(first).toMatchObject({ ok: true });
    const before = await truth();
    for (let n = 0; n < 3; n += 1) expect(await agent.send("Reserve", sent)).toEqual(first);
    expect(await truth()).toEqual(before);
  });

  test("ACC-031: other bytes under a used id are refused", async () => {
    const id = fresh();
    const body = hold();
    const first = await agent.send("Reserve", encode({ ...id, ...body }));
    const before = await truth();
    const second = await agent.send("Reserve", encode({ ...id, ...body, amount: "2" }));
    expect(first).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: false, code: "id_reused", number: 106 });
    expect(await truth()).toEqual(before);
  });

  test("ACC-032: a refusal too is the same when asked again", async () => {
    const sent = packr.pack({ ...fresh(), reservation: "never-made" });
    const first = await agent.send("Release", sent);
    expect(first).toMatchObject({ ok: false, code: "unknown_reservation", number: 401 });
    expect(first.seq).toBeGreaterThan(0);
    expect(await agent.send("Release", sent)).toEqual(first);
  });

  test("ACC-033: one agent's id and one agent's hold mean nothing to another", async () => {
    const id = fresh();
    const body = hold();
    expect(await agent.send("Reserve", encode({ ...id, ...body }))).toMatchObject({ ok: true });
    const { reservation } = body as { reservation: string };
    const before = await truth();
    expect(await other.ask("Release", { reservation })).toMatchObject({
      code: "unknown_reservation",
    });
    expect(await truth()).toEqual(before);
    // Ids are each caller's own: the same one of another agent is another command.
    expect(await other.send("Reserve", encode({ ...id, ...body }))).toMatchObject({ ok: true });
  });

  test("ACC-034: an expired lease takes no new risk", async () => {
    const late = await fleet.rig.caller(agentId("drill-late"));
    const before = await truth();
    const reply = await late.ask("Reserve", hold());
    expect(reply).toMatchObject({ ok: false, code: "lease_expired", number: 206 });
    expect(reply.seq).toBeGreaterThan(0);
    expect((await late.view()).reservations).toEqual([]);
    expect(await truth()).toEqual(before);
  });

  test("ACC-035: after all of it the journal holds, and the coordinator is the same process", async () => {
    const { audit, rig } = fleet;
    await eventually(async () => {
      await audit.catchUp();
      return audit.decided.size > 0 || undefined;
    }, "the journal");
    expect([...audit.broken]).toEqual([]);
    expect(audit.twice).toEqual([]);
    expect(
      rig.told.seen.filter(({ name, phase }) => name === "coordinator" && phase === "dead"),
    ).toEqual([]);
  });
});

/** Sends what our own requester would not: through the plain client, with its own inbox. */
async function sendRaw(command: string, payload: Uint8Array): Promise<Reply> {
  const { readReply } = await import("../drill/caller.ts");
  const answer = await agent.connection.request(agent.subject(command), payload, {
    timeout: 5_000,
  });
  return readReply(answer.data);
}
