/** The HTTP front and its client where they can go wrong. */

import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { id } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import type { Effect, EffectName } from "../../src/protocol/effects.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { PaperClient } from "../../src/venue/paper/client.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import { openPaperServer, type PaperServer } from "../../src/venue/paper/server.ts";
import { APPROVED } from "../../src/venue/paper/wire-effects.ts";
import { toJson } from "../../src/venue/paper/wire-fields.ts";
import { REPORT } from "../../src/venue/paper/wire-reports.ts";
import { VenueError } from "../../src/venue/port.ts";
import {
  approved,
  at,
  BTC,
  buy,
  coins,
  depositOf,
  flatTape,
  HandClock,
  stop,
  USD,
  usd,
  usdUnits,
  withdrawOf,
} from "./helpers.ts";

const TOKEN = "a-token-for-tests";
let clock: HandClock;
let platform: PaperPlatform;
let server: PaperServer;
let client: PaperClient;

beforeEach(async () => {
  clock = new HandClock();
  platform = new PaperPlatform({ clock, seed: "front", tape: flatTape(), speed: 1 });
  server = await openPaperServer({ platform, token: TOKEN });
  client = new PaperClient({ url: server.url, token: TOKEN, timeoutMs: 300 });
});
afterEach(async () => {
  await client.close();
  await server.close();
  await platform.close();
});

function raw(
  method: string,
  path: string,
  body?: string,
  token = TOKEN,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = httpRequest(new URL(path, server.url), { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const name = "5.0.0" as EffectName;

describe("the front", () => {
  test("FRT-001: who has not the token is told nothing and changes nothing", async () => {
    const reply = await raw("POST", "/v1/effects", toJson(approved(depositOf("5"), name)), "wrong");
    expect(reply.status).toBe(401);
    expect(await client.lookup(name)).toEqual({ found: "absent" });
    const stranger = new PaperClient({ url: server.url, token: "not-the-token" });
    const answer = await stranger.submit(approved(depositOf("5"), name));
    expect(answer.outcome).toBe("unknown");
    await expect(stranger.snapshot()).rejects.toThrow(VenueError);
    await stranger.close();
  });

  test("FRT-002: bodies that are no effect are refused by field; the platform does not see them", async () => {
    const good = approved(depositOf("5"), name);
    const json = JSON.parse(toJson(good));
    for (const [body, says] of [
      ["{", "not JSON"],
      ["[]", "expected object"],
      [JSON.stringify({ ...json, extra: 1 }), "extra"],
      [JSON.stringify({ ...json, name: "a b" }), "name"],
      [JSON.stringify({ ...json, agent: "A" }), "agent"],
      [JSON.stringify({ ...json, effect: { type: "Steal" } }), "effect"],
      [JSON.stringify({ ...json, effect: { ...json.effect, amount: 5 } }), "amount"],
      [JSON.stringify({ ...json, effect: { ...json.effect, amount: "5.5" } }), "amount"],
      [JSON.stringify({ ...json, effect: { ...json.effect, amount: "1e3" } }), "amount"],
      [JSON.stringify({ ...json, effect: { ...json.effect, amount: "9".repeat(60) } }), "amount"],
    ] as const) {
      const reply = await raw("POST", "/v1/effects", body);
      expect(reply.status).toBe(400);
      expect(reply.body).toContain(says);
    }
    expect(await client.lookup(name)).toEqual({ found: "absent" });
  });

  test("FRT-003: a body above the limit, an unknown route and a bad number are refused", async () => {
    expect((await raw("POST", "/v1/effects", "x".repeat(70_000))).status).toBe(413);
    expect((await raw("GET", "/v1/nothing")).status).toBe(404);
    expect((await raw("DELETE", "/v1/effects")).status).toBe(404);
    expect((await raw("GET", "/v1/reports?after=-1")).status).toBe(400);
    expect((await raw("GET", "/v1/reports?after=99")).status).toBe(409);
    expect((await raw("GET", "/v1/effects/%zz")).status).toBe(400);
  });

  test("FRT-004: statement and status come whole over HTTP", async () => {
    expect(await client.statement()).toEqual(platform.statement());
    expect(await client.status()).toEqual(platform.status());
    clock.move(25 * 3_600_000);
    expect(await client.status()).toMatchObject({ ended: true, tape: "small" });
  });

  test("FRT-005: closing the server ends its streams, and the reader is told that it was not its wish", async () => {
    const reading = (async () => {
      for await (const _ of client.reports(2, new AbortController().signal)) return "news";
      return "ended";
    })();
    await client.status();
    const failed = expect(reading).rejects.toMatchObject({ code: "venue-unavailable" });
    await server.close();
    await failed;
  });
});

describe("the client", () => {
  test("FRT-010: nobody listening is unknown, never rejected; a question fails by name", async () => {
    await server.close();
    expect(await client.submit(approved(depositOf("5")))).toMatchObject({ outcome: "unknown" });
    expect(await client.lookup(name)).toMatchObject({ found: "unknown" });
    await expect(client.snapshot()).rejects.toMatchObject({
      code: "venue-unavailable",
      retryable: true,
    });
  });

  test("FRT-011: a server that takes the request and is silent is unknown after the timeout", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const lost = new PaperClient({ url: `http://127.0.0.1:${port}`, token: TOKEN, timeoutMs: 100 });
    expect(await lost.submit(approved(depositOf("5")))).toMatchObject({ outcome: "unknown" });
    await lost.close();
    silent.close();
  });

  test("FRT-012: a stream that falls silent is broken off by name", async () => {
    const patient = new PaperClient({ url: server.url, token: TOKEN, silenceMs: 100 });
    const read = async () => {
      for await (const _ of patient.reports(2, new AbortController().signal)) return;
    };
    await expect(read()).rejects.toThrow(VenueError);
    await patient.close();
  });

  test("FRT-013: every kind of effect and report survives the journey", () => {
    const effects: Effect[] = [
      buy("0.1", "60600"),
      stop(3, "0.1", "58000"),
      { type: "CancelOrder", order: name },
      {
        type: "PlaceBet",
        bet: id("b"),
        game: "dice",
        stake: usd("1"),
        params: { direction: "over", threshold: 50 },
        clientSeed: "client-seed",
      },
      { type: "RotateSeed" },
      {
        type: "OpenEscrow",
        role: "pay",
        counterparty: id("out-data-1"),
        amount: usd("3"),
        timeoutMs: 60_000,
        description: "x",
        referrer: id("fleet-self"),
      },
      { type: "RegisterReferrer", referrer: id("out-data-1"), own: false },
      { type: "DeliverEscrow", escrow: name },
      { type: "OpenLoan", asset: USD, amount: usdUnits("4"), minRate: 5 as never, noticeMs: 1 },
      { type: "RecallLoan", loan: name },
      depositOf("6"),
      withdrawOf("7"),
    ];
    for (const effect of effects) {
      const sent = approved(effect);
      expect(APPROVED.parse(JSON.parse(toJson(sent)))).toEqual(sent);
    }
    const slot = { slot: "a.btc-perp", version: 2 };
    const bodies: ReportBody[] = [
      {
        type: "fill",
        trade: "t1",
        order: name,
        stop: slot,
        market: BTC,
        side: "buy",
        qty: coins("1"),
        price: at("2"),
        notional: usd("3"),
        fee: usd("4"),
      },
      { type: "orderDone", order: name, reason: "expired", filled: coins("1") },
      { type: "stopSet", ...slot, qty: coins("0") },
      { type: "stopFailed", ...slot, reason: "r" },
      { type: "stopTriggered", ...slot },
      {
        type: "funding",
        market: BTC,
        rate: -5 as never,
        rateNano: -5_000n,
        mark: at("1"),
        position: coins("-1"),
        payment: usd("-0.1"),
      },
      { type: "seedCommitted", seedHash: "h" },
      { type: "seedRevealed", seedHash: "h", serverSeed: "s", bets: 4 },
      {
        type: "betSettled",
        bet: name,
        won: false,
        payout: usd("0"),
        seedHash: "h",
        nonce: 0,
        clientSeed: "c",
        resultHash: "r",
        outcome: "1.00",
      },
      { type: "escrowFunded", escrow: name, expiresAt: millis(60_000) },
      { type: "escrowDelivered", escrow: name },
      {
        type: "escrowReleased",
        escrow: name,
        received: usd("9"),
        fee: usd("1"),
        referral: usd("0"),
        referrer: id("bob"),
      },
      { type: "escrowRefunded", escrow: name, amount: usd("9") },
      { type: "escrowDisputed", escrow: name, reason: "r" },
      { type: "escrowDeclined", escrow: name, reason: "r" },
      { type: "loanOpened", loan: name, rate: 1 as never, collateral: 2 as never },
      { type: "loanInterest", loan: name, amount: usdUnits("1") },
      { type: "loanReturned", loan: name, principal: usdUnits("1"), interest: usdUnits("2") },
      { type: "deposited", asset: USD, amount: usdUnits("1") },
      { type: "withdrawn", effect: name, asset: USD, amount: usdUnits("1") },
    ];
    for (const [i, body] of bodies.entries()) {
      const told = { ...body, seq: i + 1, at: 1_700_000_000_000 };
      expect(REPORT.parse(JSON.parse(toJson(told)))).toEqual(told);
    }
  });
});
