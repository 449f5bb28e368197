/** A demo fleet that a stranger joins, in another language; and what each agent's result adds up to. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentId, type AssetId, type FleetId, fleetId } from "../../src/core/ids.ts";
import { parseDecimal, QTY_DECIMALS } from "../../src/core/money.ts";
import {
  balance,
  OWN,
  ownAccount,
  RESULTS,
  resultAccount,
  resultOf,
  worldAccount,
} from "../../src/fleet/ledger.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { layoutOf } from "../../src/runtime/layout.ts";
import { foldEntry } from "../../src/runtime/recover.ts";
import type { Io } from "../../src/surface/cli/io.ts";
import { openJournal } from "../../src/surface/cli/journal-source.ts";
import { EMPTY_HEAD } from "../../src/wire/journal.ts";
import { hasPython, PYTHON_DIR } from "../examples/python.ts";

const MAIN = fileURLToPath(new URL("../../dist/src/surface/cli/main.js", import.meta.url));
const DEMO: FleetId = fleetId("demo");
type Line = Readonly<Record<string, unknown>>;

let home = "";
let up: ChildProcess | undefined;

interface Ran {
  readonly code: number | null;
  readonly lines: readonly Line[];
}

function ran(child: ChildProcess, onLine: (line: Line) => void = () => undefined): Promise<Ran> {
  const lines: Line[] = [];
  if (child.stdout === null) throw new Error("the child has an output");
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    onLine(line);
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, lines })));
}

function flotilla(...args: readonly string[]): ChildProcess {
  // Without it, not with an empty one: the fleet's own broker must be the one that learns the key.
  const { NATS_URL: _, ...rest } = process.env;
  return spawn(process.execPath, [MAIN, "--json", ...args], {
    env: { ...rest, FLOTILLA_HOME: home },
  });
}

/**
 * Starts the demo; resolves when its trader has a delegation and has traded BTC, however many others
 * stand beside it.
 */
async function started(): Promise<{ readonly ended: Promise<Ran> }> {
  const child = flotilla("up", "--demo", "--speed", "120");
  up = child;
  let all: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    all = resolve;
  });
  const ended = ran(child, (line) => {
    const { type, agent, market } = line;
    if (type === "FillBooked" && agent === "trading" && market === "btc-perp") all();
  });
  const over = ended.then(({ code, lines }) => {
    throw new Error(`the demo ended by itself with ${code}: ${JSON.stringify(lines.slice(-3))}`);
  });
  // Ended in time it rejects too, and nobody waits for it any more.
  over.catch(() => undefined);
  await Promise.race([ready, over]);
  return { ended };
}

/** The fold of the whole journal, of a fleet at rest. */
async function folded() {
  const layout = layoutOf(home, DEMO);
  const io = { env: {} } as unknown as Io;
  const open = await openJournal(io, { fleet: DEMO, home, layout, running: undefined });
  try {
    const state = emptyState(DEMO);
    let { hash } = EMPTY_HEAD;
    for await (const entry of open.journal.read(1)) {
      foldEntry(state, entry, hash);
      hash = entry.hash;
    }
    return state;
  } finally {
    await open.close();
  }
}

let ended: Promise<Ran>;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "flotilla-strangers-"));
  ended = (await started()).ended;
});
afterAll(async () => {
  up?.kill("SIGTERM");
  await ended;
  await rm(home, { recursive: true, force: true });
});

test.skipIf(!hasPython())(
  "STR-001: an agent of Python's standard library enrols, reserves, trades, reduces and is flat",
  async () => {
    const { keys, running } = layoutOf(home, DEMO);
    const { url } = JSON.parse(await readFile(running, "utf8")) as { url: string };
    const args = ["--url", url, "--fleet", "demo", "--agent", "snake"];
    const snake = (script: string, ...more: readonly string[]): Promise<Ran> =>
      ran(spawn("python3", ["-B", join(PYTHON_DIR, script), ...args, ...more]));
    const enrolled = await snake("enrol.py", "--keys", keys);
    expect([enrolled.code, enrolled.lines.at(-1)]).toMatchObject([0, { kind: "enrolled" }]);
    const { code, lines } = await snake("agent.py", "--key", join(keys, "snake.nk"));
    expect(lines.find((line) => line["kind"] === "fault")).toBeUndefined();
    expect([code, lines.at(-1)]).toMatchObject([0, { kind: "flat" }]);
    const reserved = lines.find((line) => line["kind"] === "reserved");
    // The same amount, whichever way its last zeros are written.
    const [held, asked] = [reserved?.["reserved"], reserved?.["amount"]].map((text) =>
      parseDecimal(String(text), 6),
    );
    expect(held).toBeDefined();
    expect(held).toBe(asked);
    expect(Number(lines.find((line) => line["kind"] === "traded")?.["qty"])).toBeGreaterThan(0);
    expect(lines.at(-1)?.["reserved"]).toBe("0");
    const heard = new Set(lines.map((line) => line["type"]));
    for (const type of ["ReservationHeld", "OrderApproved", "FillBooked"]) {
      expect([type, heard.has(type)]).toEqual([type, true]);
    }
  },
);

test("STR-002: the agents' results add up to what the fleet owns beyond its deposits, to the unit", async () => {
  up?.kill("SIGTERM");
  const { code, lines } = await ended;
  expect([code, lines.at(-1)]).toMatchObject([0, { kind: "summary", conserved: true }]);
  const law = await folded();
  const agents = [...law.agents.keys()].filter((agent) => agent !== "fleet") as AgentId[];
  const accounts = new Set<string>();
  let moved = 0;
  for (const asset of ["USDC", "BTC", "ETH"] as AssetId[]) {
    const owned = OWN.reduce((sum, own) => sum + balance(law.ledger, ownAccount(asset, own)), 0n);
    const deposited = -balance(law.ledger, worldAccount(asset));
    let results = 0n;
    for (const agent of agents) {
      for (const kind of RESULTS) {
        const result = resultOf(law.ledger, asset, kind, agent);
        if (result !== 0n) moved += 1;
        results += result;
        accounts.add(resultAccount(asset, kind, agent));
      }
    }
    for (const own of OWN) accounts.add(ownAccount(asset, own));
    accounts.add(worldAccount(asset));
    expect([asset, owned - deposited]).toEqual([asset, results]);
  }
  // Nothing came or went on an account that is nobody's.
  expect([...law.ledger.keys()].filter((account) => !accounts.has(account))).toEqual([]);
  expect(moved).toBeGreaterThan(4);
});

test("STR-003: agents on one market keep books of their own: each position is its own fills", async () => {
  const { lines } = await ended;
  const fills = new Map<string, bigint>();
  for (const line of lines.filter(({ type }) => type === "FillBooked")) {
    const book = `${String(line["agent"])}/${String(line["market"])}`;
    const size = parseDecimal(String(line["qty"]), QTY_DECIMALS) ?? 0n;
    const signed = line["side"] === "buy" ? size : -size;
    fills.set(book, (fills.get(book) ?? 0n) + signed);
  }
  const law = await folded();
  const held = new Map([...law.positions].map(([book, { qty }]) => [book, qty as bigint]));
  for (const [book, size] of fills) expect([book, held.get(book) ?? 0n]).toEqual([book, size]);
  const onBtc = [...fills.keys()].filter((book) => book.endsWith("/btc-perp"));
  // Another trader of the demo may stand beside them.
  const both = [...(hasPython() ? ["snake/btc-perp"] : []), "trading/btc-perp"];
  expect(onBtc).toEqual(expect.arrayContaining(both));
});
