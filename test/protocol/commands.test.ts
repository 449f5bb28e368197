/** Commands as they come over the wire: every unknown, missing or absurd field is refused. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AGENT_COMMANDS,
  isAgentCommand,
  isOperatorCommand,
  OPERATOR_COMMANDS,
} from "../../src/protocol/commands.ts";

type Fields = Readonly<Record<string, unknown>>;
/** One good command of each kind. */
const GOOD: Readonly<Record<string, Fields>> = {
  Reserve: { reservation: "r1", amount: "1", service: "trading", ttlMs: 1 },
  Release: { reservation: "r1" },
  Renew: {},
  PlaceOrder: { order: "o1", market: "btc-perp", side: "buy", qty: "0.1" },
  CancelOrder: { order: "o1" },
  MoveStop: { market: "btc-perp", stop: "9500" },
  PlaceBet: {
    bet: "b1",
    game: "dice",
    stake: "1",
    params: { over: 50, way: "up" },
    clientSeed: "seed-seed",
  },
  RotateSeed: {},
  CheckBet: { bet: "b1", verified: true },
  OpenEscrow: {
    escrow: "e1",
    role: "pay",
    counterparty: "shop",
    amount: "1",
    timeoutMs: 1,
    description: "work",
  },
  DeliverEscrow: { escrow: "e1" },
  ReleaseEscrow: { escrow: "e1" },
  DisputeEscrow: { escrow: "e1", reason: "late" },
  OpenLoan: { loan: "l1", asset: "USDC", amount: "1", minRate: 0, noticeMs: 1 },
  RecallLoan: { loan: "l1" },
  RegisterReferrer: { referrer: "bob" },
  PayAgent: { to: "bob", amount: "1" },
  Settle: { market: "btc-perp", qty: "1", ttlMs: 1 },
  SearchDomains: { query: "fleet" },
  RegisterDomain: { domain: "getfleet.com" },
  RenewDomain: { domain: "getfleet.com" },
  ParkDomain: { domain: "getfleet.com" },
  ListDomain: { domain: "getfleet.com", asking: "1" },
  RecordDue: { due: "d1", party: "shop", direction: "pay", amount: "1" },
  PostJob: { job: "j1", kind: "data", brief: "look", amount: "1", ttlMs: 1 },
  TakeJob: { by: "bob", job: "j1" },
  DeliverJob: { by: "bob", job: "j1", result: "done" },
  AcceptJob: { job: "j1" },
  RejectJob: { job: "j1", reason: "late" },
  CancelJob: { job: "j1" },
  View: {},
  Enrol: { agent: "alice" },
  Retire: { agent: "alice" },
  Deposit: { asset: "USDC", amount: "1" },
  Withdraw: { asset: "USDC", amount: "1", to: "home" },
  Grant: {
    agent: "alice",
    cap: "1",
    services: ["trading"],
    maxLeverage: 1_000_000,
    priority: 1,
    mode: "cross",
    floor: "0",
    leaseMs: 1,
  },
  Raise: { agent: "alice", cap: "1" },
  Cut: { agent: "alice", cap: "0" },
  Recall: { agent: "alice", graceMs: 1 },
  Revoke: { agent: "alice" },
  SetMode: { mode: "halt", reason: "test" },
  Reallocate: {},
  SetAgreement: { party: "shop", everyMs: 1 },
  EndAgreement: { party: "shop" },
  RecordOutsideDue: { debtor: "mill", creditor: "shop", amount: "1" },
  ReceiveDue: { party: "shop", amount: "1" },
  Status: {},
};

const SCHEMAS = { ...AGENT_COMMANDS, ...OPERATOR_COMMANDS };
const ALL = Object.entries(SCHEMAS).map(([name, schema]) => ({
  name,
  schema,
  good: { id: "c1", ...GOOD[name] },
}));
/** As it is decoded: with keys of its own that JSON and msgpack let through. */
const withKey = (fields: Fields, key: string): unknown =>
  JSON.parse(`${JSON.stringify(fields).slice(0, -1)},"${key}":1}`);

describe("commands", () => {
  test("CMD-001: there is a good example of each, and each is whose it is", () => {
    expect(Object.keys(GOOD).sort()).toEqual(Object.keys(SCHEMAS).sort());
    for (const name of Object.keys(AGENT_COMMANDS))
      expect([isAgentCommand(name), isOperatorCommand(name)]).toEqual([true, false]);
    for (const name of Object.keys(OPERATOR_COMMANDS))
      expect([isAgentCommand(name), isOperatorCommand(name)]).toEqual([false, true]);
    for (const name of ["", "toString", "__proto__", "reserve"])
      expect([isAgentCommand(name), isOperatorCommand(name)]).toEqual([false, false]);
  });

  test.each(ALL)(
    "CMD-002: $name is taken when it is good, with an expiry or without",
    ({ schema, good }) => {
      expect(schema.safeParse(good).success).toBe(true);
      expect(schema.safeParse({ ...good, exp: 1_700_000_000_000 }).success).toBe(true);
    },
  );

  test.each(ALL)(
    "CMD-003: $name refuses a field that it does not know, also one of a prototype",
    ({ schema, good }) => {
      for (const key of ["extra", "__proto__", "constructor", "toString", "Id"]) {
        expect([key, schema.safeParse(withKey(good, key)).success]).toEqual([key, false]);
      }
    },
  );

  test.each(ALL)("CMD-004: $name refuses to lack a field that it needs", ({ schema, good }) => {
    for (const key of Object.keys(good)) {
      const { [key]: _gone, ...rest } = good as Record<string, unknown>;
      expect([key, schema.safeParse(rest).success]).toEqual([key, false]);
    }
  });

  test.each(ALL)("CMD-005: $name refuses absurd values in every field", ({ schema, good }) => {
    const absurd = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -1,
      "-1",
      "1e9",
      "x".repeat(10_000),
      null,
      {},
      [],
      10n,
      () => 1,
    ];
    for (const key of Object.keys(good)) {
      for (const value of absurd) {
        const free =
          (key === "params" &&
            typeof value === "object" &&
            value !== null &&
            !Array.isArray(value)) ||
          isText(key, value);
        expect([
          key,
          String(value).slice(0, 9),
          schema.safeParse({ ...good, [key]: value }).success,
        ]).toEqual([key, String(value).slice(0, 9), free]);
      }
    }
  });

  test.each(ALL)("CMD-006: $name is refused when it is no map", ({ schema }) => {
    for (const value of [null, undefined, 1, "x", [], [["id", "c1"]], new Map([["id", "c1"]])]) {
      expect(schema.safeParse(value).success).toBe(false);
    }
  });

  test("CMD-007: a bet's parameters are few, short, and plain", () => {
    const bet = (params: unknown) =>
      AGENT_COMMANDS.PlaceBet.safeParse({ id: "c1", ...GOOD["PlaceBet"], params }).success;
    expect(bet({})).toBe(true);
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i]));
    expect([bet(many(16)), bet(many(17))]).toEqual([true, false]);
    const bad = [
      { a: Number.NaN },
      { a: {} },
      { a: null },
      { a: "x".repeat(65) },
      { ["x".repeat(33)]: 1 },
      { a: [1] },
    ];
    expect(bad.filter(bet)).toEqual([]);
    // A key of the prototype never gets through; the codec refuses it before.
    const params = JSON.parse('{"__proto__":"x"}');
    const read = AGENT_COMMANDS.PlaceBet.parse({ id: "c1", ...GOOD["PlaceBet"], params } as never);
    expect(Object.getOwnPropertyNames(read.params)).toEqual([]);
  });

  test("CMD-008: a grant names between one and all services, all of them known", () => {
    const grant = (services: unknown) =>
      OPERATOR_COMMANDS.Grant.safeParse({ id: "c1", ...GOOD["Grant"], services }).success;
    expect(grant(["trading", "casino", "escrow", "lending", "domains"])).toBe(true);
    for (const bad of [[], ["all"], ["trading", "toString"], Array(6).fill("trading"), "trading"])
      expect(grant(bad)).toBe(false);
  });

  test("CMD-009: always anything at all is taken or refused, and nothing throws", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL),
        fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true }),
        fc.string(),
        ({ schema, good }, value, key) => {
          schema.safeParse(value);
          const known = Object.hasOwn(schema.shape, key);
          if (!known) expect(schema.safeParse({ ...good, [key]: value }).success).toBe(false);
        },
      ),
      { seed: 5, numRuns: 500 },
    );
  });
});

/** Which of the absurd values is a fair text in which field. */
function isText(key: string, value: unknown): boolean {
  const texts = ["note", "reason", "description", "brief", "result"];
  const ids = ["id", "reservation", "order", "bet", "escrow", "counterparty", "loan", "to"].concat([
    "due",
    "party",
    "debtor",
    "creditor",
    "job",
    "referrer",
  ]);
  const names = ["agent", "market", "game", "by", "query"];
  if (value === "-1") return [...texts, ...ids, ...names].includes(key);
  if (value === "1e9") return [...texts, ...ids, ...names].includes(key);
  return false;
}
