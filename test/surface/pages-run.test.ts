/** What a run says at its start and its end, of its webhooks, and in answer to a command. */
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { commandText, headerLines } from "../../src/surface/cli/header.ts";
import { replyText } from "../../src/surface/cli/operate.ts";
import { noCounts, summaryLines } from "../../src/surface/cli/summary.ts";
import { webhookLines } from "../../src/surface/cli/webhooks.ts";
import { NOON } from "./events.ts";

const PLAIN = pc.createColors(false);

describe("webhooks", () => {
  test("CLI-089: each tells what was delivered, tried again and given up, and the last failure", () => {
    const state = { seq: 521, id: "", retried: 3, givenUp: 1, delivered: 40, name: "pager" };
    const times = { failure: "status 503", failedAt: NOON - 60_000, deliveredAt: NOON - 5_000 };
    expect(webhookLines([{ ...state, ...times }], NOON, PLAIN).join("\n")).toMatchInlineSnapshot(`
      "webhook  delivered     last  tried again  given up        up to  last failure
      pager           40  5 s ago            3         1  message 521  status 503, 60 s ago"
    `);
    expect(webhookLines([], NOON, PLAIN)).toHaveLength(1);
  });
});

describe("start and end", () => {
  test("CLI-085: what is printed can be copied as it stands", () => {
    const argv = ["/usr/bin/node", "/opt/x/node_modules/.bin/flotilla"];
    expect(commandText("watch", [], undefined, argv)).toBe("flotilla watch");
    expect(commandText("up", ["--demo"], "my home", argv)).toBe(
      "flotilla up --demo --home 'my home'",
    );
    expect(commandText("watch", [], undefined, ["node", "/opt/main.js"])).toBe(
      "node /opt/main.js watch",
    );
  });

  test("CLI-086: the header says what runs where and how to watch with any client", () => {
    const header = {
      ...{ fleet: "demo", url: "nats://127.0.0.1:1", broker: "nats-server 2.11.0", speed: 60 },
      ...{ durability: "fsync on every commit", venueUrl: "http://127.0.0.1:2", tape: "april" },
      agents: [{ agent: "casino", kind: "casino", cap: "4200" }],
      ...{ observerKey: "/x/observer.nk", watch: "flotilla watch", pids: {} },
      watchWithNats: "nats -s nats://127.0.0.1:1 --nkey /x/observer.nk sub 'fleet.demo.evt.>'",
      ...{ dir: "/x/demo", logs: "/x/demo/logs", keys: "/x/demo/keys" },
    };
    const text = headerLines(header, PLAIN).join("\n");
    for (const words of [
      header.url,
      header.durability,
      header.watchWithNats,
      "casino 4,200",
      "Ctrl-C",
    ]) {
      expect(text).toContain(words);
    }
  });

  test("CLI-087: the end says what was done, whether it adds up, what was saved and where", () => {
    const summary = {
      ...{ fleet: "demo", seq: 521, headHash: "ab".repeat(32), turns: 570, rejections: 0 },
      ...{ orders: 9, fills: 12, bets: 19, escrows: 13, loans: 6, conserved: true },
      ...{ booksEqualThrough: 90, durability: "fsync on every commit", p50Ms: 0.4, p99Ms: 7 },
      ...{ betsChecked: 16, collateral: "17428.21", marketTime: "2024-04-12 13:00 UTC" },
      ...{ results: { trading: "-10.1", casino: "2.666" }, seconds: 61 },
      run: { ...noCounts(), orders: 9, fills: 12, betsSettled: 19, betsVerified: 16 },
    };
    const again = "flotilla up --demo";
    expect(summaryLines(summary, "/x/demo", again, PLAIN).join("\n")).toMatchInlineSnapshot(`
      "
      stopped after 61 s, market time 2024-04-12 13:00 UTC
        this run   9 orders, 12 fills, 19 bets (16 proven fair), 0 escrows released, 0 loans opened, 0 refusals
        results    trading -10.10, casino +2.67 USDC since the fleet began
        decisions  570 since the fleet began, 0 refused; p50 0.4 ms, p99 7 ms, fsync on every commit
        books      the books add up: every asset sums to zero, and the venue's books say the same
        saved      journal message 521, head abababababababab, in /x/demo
        go on      flotilla up --demo"
    `);
    const broken = summaryLines({ ...summary, conserved: false }, "", "", PLAIN).join("\n");
    expect(broken).toContain("not found equal to the venue's");
  });

  test("CLI-088: a refusal has its number, its detail and what to do", () => {
    const refused = {
      ...{ ok: false, id: "x", seq: 3, turn: 0, code: "step_exceeded", number: 211 },
      ...{ message: "The raise is larger than one step may be. Raise in smaller steps." },
      detail: "asked 9000, allowed 5250",
    } as const;
    expect(replyText("raise of casino", refused)).toBe(
      "raise of casino: refused, 211 step_exceeded: The raise is larger than one step may be. " +
        "Raise in smaller steps. (asked 9000, allowed 5250)",
    );
    const done = { ok: true, id: "x", seq: 3, turn: 0 } as const;
    expect(replyText("cut", done)).toBe("cut: done (journal 3)");
    expect(replyText("cut", { ...done, seq: 0 })).toBe("cut: nothing to do");
  });
});
