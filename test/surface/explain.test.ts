/** `flotilla explain` and `what-if` on a journal: what is found by which name, and how it reads. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { whatIf } from "../../src/fleet/what-if.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { OpenBatch } from "../../src/runtime/batches.ts";
import { findIn, wantedOf } from "../../src/surface/cli/explain-find.ts";
import { explanationLines } from "../../src/surface/cli/explain-text.ts";
import { loadJournal, saveJournal } from "../../src/surface/cli/journal-file.ts";
import { parseShock, whatIfLines } from "../../src/surface/cli/what-if.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import { ALICE, BOB, DEMO, FIVE_TIMES } from "../fleet/cast.ts";
import { CALLS, crisisFleet, crisisPolicy, forcedFill, held } from "../fleet/crisis-cast.ts";
import { by, given, type Story, tick, wait } from "../fleet/spec.ts";
import { marks, order } from "../fleet/steps.ts";

const PLAIN = pc.createColors(false);
const ASKED = { order: "big", market: "btc-perp", side: "buy", qty: "1", leverage: FIVE_TIMES };

/** Alice opens 0.41 BTC, bob is refused, the market falls, the call runs out and is resolved. */
function story(): Story {
  const told = given(
    ...crisisFleet(crisisPolicy(CALLS), "1010", [ALICE, { cap: "900" }], [BOB, { cap: "100" }]),
  );
  told.when(order(BOB, "big", { qty: "1" }));
  const hold = { reservation: "r1", amount: "5", service: "casino", ttlMs: 900_000 } as const;
  told.given(by(BOB, "Reserve", hold), ...held(ALICE, "0.41"));
  return told.given(marks("9900"), wait(300_000), tick, forcedFill("9900"));
}

async function journalOf({ journal: turns }: Story) {
  const store = new MemoryStore();
  const journal = memoryJournal(store);
  for (const { turn } of turns) {
    const batch = new OpenBatch();
    const kept: Turn = turn.rejection === undefined ? turn : { ...turn, asked: ASKED };
    batch.add(kept);
    await journal.append(store.head, batch.close(DEMO, 1, store.head.hash));
  }
  return journal;
}

let journal: Awaited<ReturnType<typeof journalOf>>;
let dir: string;
beforeAll(async () => {
  journal = await journalOf(story());
  dir = await mkdtemp(join(tmpdir(), "flotilla-explain-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const UTC = /\d\d:\d\d:\d\d/g;
const explained = async (what: string): Promise<string> => {
  const { explanation, later } = await findIn(DEMO, journal, what);
  const lines = explanationLines(explanation, later, `flotilla explain ${what}`, PLAIN);
  return lines.join("\n").replace(UTC, "hh:mm:ss");
};

describe("what is wanted", () => {
  test("EXC-001: places, calls, agents and names are told apart", () => {
    expect(wantedOf("521")).toEqual({ kind: "place", seq: 521, turn: undefined });
    expect(wantedOf("521.3.0")).toEqual({ kind: "place", seq: 521, turn: 3 });
    expect(wantedOf("call-2")).toEqual({ kind: "call", call: "call-2" });
    expect(wantedOf("liquidation")).toEqual({ kind: "call", call: undefined });
    expect(wantedOf("o-1")).toEqual({ kind: "name", agent: undefined, name: "o-1" });
    expect(wantedOf("bob/o-1")).toEqual({ kind: "name", agent: "bob", name: "o-1" });
  });

  test("EXC-002: what is not there is told with what there is, and the nearest name", async () => {
    await expect(findIn(DEMO, journal, "o-alise")).rejects.toThrow(/did you mean o-alice\?/);
    await expect(findIn(DEMO, journal, "999.0")).rejects.toThrow(/nothing in the journal/);
    await expect(findIn(DEMO, journal, "call-9")).rejects.toThrow(/did you mean call-1\?/);
    await expect(findIn(DEMO, journal, "nobody-at-all")).rejects.toMatchObject({ exit: 2 });
  });
});

describe("how it reads", () => {
  test("EXC-010: a refusal: every limit up to the one that failed, what binds, what would have passed", async () => {
    expect(await explained("bob/big")).toMatchInlineSnapshot(`
      "PlaceOrder of bob: refused, journal 8.0, hh:mm:ss (c8)
        asked       order big, market btc-perp, side buy, qty 1, leverage 5000000
        refused     209 cap_exceeded: The amount is over what is left of the delegation.
                    asked 2030.1, allowed 100
        remedy      Ask for less.
        limits      in the order in which they are asked
             limit            found         allowed     left        about
          ✓  market        btc-perp                                 the market is one of the fleet's
          ✓  delegation      active                                 the agent holds a delegation that may open
          ✓  lease           600000      at least 1   599999  ms    its lease has not run out
          ✓  mode               run                                 neither the agent nor the fleet is held back by the operator
          ✓  cover          covered                                 what is delegated is covered by collateral
          ✓  books            equal                                 our books are the venue's
          ✓  zone             green                                 the fleet's zone takes this risk
          ✓  call              none                                 no margin call is open on the fleet, nor on an agent that stands alone
          ✓  service        trading                                 the delegation is for this service
          ✓  name               big                                 the name is new
          ✓  room                 1     at most 256      255        open obligations of this kind
          ✓  mark          0 ms old                                 age of the mark
          ✓  leverage             5       at most 5        0  x     leverage of delegation, market and calendar
          ✓  lot          lot 0.001                                 the quantity is in whole lots
          ✓  minNotional      10000     at least 10     9990  USDC  least value of an order
          ✓  maxNotional      10100  at most 100000    89900  USDC  largest value of an order
          ✗  margin          2030.1     at most 100  -1930.1  USDC  what is left of the delegation
        binding     what is left of the delegation binds: 0.049 BTC is the most that passes; one more USDC there lets 0.00049258 BTC (4.9258 USDC of position) more pass
        change      qty 0.049 would have passed
        decided by  mark 10000, mark age 0 ms, zone green, collateral 1010, reserved 0
        replayed    asked again of the law as it stood, the answer is the same
        again       flotilla explain bob/big"
    `);
  });

  test("EXC-011: an approval, and what became of it", async () => {
    expect(await explained("o-alice")).toMatchInlineSnapshot(`
      "PlaceOrder of alice: approved, journal 10.0, hh:mm:ss (c10)
        asked       order o-alice, market btc-perp, side buy, qty 0.41, leverage 5000000
        limits      in the order in which they are asked
             limit            found         allowed    left        about
          ✓  market        btc-perp                                the market is one of the fleet's
          ✓  delegation      active                                the agent holds a delegation that may open
          ✓  lease           600000      at least 1  599999  ms    its lease has not run out
          ✓  mode               run                                neither the agent nor the fleet is held back by the operator
          ✓  cover          covered                                what is delegated is covered by collateral
          ✓  books            equal                                our books are the venue's
          ✓  zone             green                                the fleet's zone takes this risk
          ✓  call              none                                no margin call is open on the fleet, nor on an agent that stands alone
          ✓  service        trading                                the delegation is for this service
          ✓  name           o-alice                                the name is new
          ✓  room                 1     at most 256     255        open obligations of this kind
          ✓  mark          0 ms old                                age of the mark
          ✓  leverage             5       at most 5       0  x     leverage of delegation, market and calendar
          ✓  lot          lot 0.001                                the quantity is in whole lots
          ✓  minNotional       4100     at least 10    4090  USDC  least value of an order
          ✓  maxNotional       4141  at most 100000   95859  USDC  largest value of an order
          ✓  margin         832.341     at most 900  67.659  USDC  what is left of the delegation
        binding     what is left of the delegation binds: 0.443 BTC is the most that passes; one more USDC there lets 0.00049258 BTC (4.9258 USDC of position) more pass
        decided by  mark 10000, mark age 0 ms, zone green, collateral 1010, reserved 5, leverage 5, holds 832.341, stop 9215
        replayed    asked again of the law as it stood, the answer is the same
        brought     
          10.0.0  hh:mm:ss  OrderApproved    buy 0.41 BTC, limit 10,100.00, holds 832.34
          10.0.1  hh:mm:ss  ZoneChanged      zone green -> orange at 82.9 % utilization
        then        
          11.0.0  hh:mm:ss  FillBooked       bought 0.41 BTC at 10,000.00, fee 4.10, realized 0.00; now long 0.41 BTC
          11.0.2  hh:mm:ss  OrderClosed      order o-alice is filled, 0.41 filled
        again       flotilla explain o-alice"
    `);
  });

  test("EXC-012: a liquidation from call to end", async () => {
    expect(await explained("liquidation")).toMatchInlineSnapshot(`
      "call-1 of fleet
        hh:mm:ss    MarginCalled    13.0.3  MARGIN CALL call-1 for utilization: 294.31 USDC must come free within 5 min (85.5 % reserved, maintenance 21.0 % of equity 964.90)
        hh:mm:ss    MarginExpired   14.0.3  the grace of call-1 is over: 85.0 % reserved, maintenance 21.0 % of equity 964.90
        hh:mm:ss    MarginResolved  15.0.5  call-1 is resolved: 54.8 % reserved, maintenance 13.6 % of equity 963.45
        cash        cash for call-1: 1 source brings 5.00 of 294.31 in time, for 0.00

      plan 14.0.4, hh:mm:ss: restored by utilization
        need        289.31 USDC, 0.00 under way; frees 292.00
        cost        1.62 USDC (temporary 0.1592, permanent 0.0031, secondRound 0.0113, fees 1.45); no plan under the same rules goes below 1.62: gap 0.00 %; one more USDC of margin would have cost 0.005583 USDC
        instead     smallest-first 1.62 (1.00x), largest-first 1.62 (1.00x), losers-first 1.62 (1.00x), pro-rata 1.62 (1.00x), random 1.62 (1.00x), priority-only 1.62 (1.00x)
        reduce      sell 0.146 btc-perp of alice, frees 292.00 for 1.62: marginal, the cheapest way to the rest in tier 1, for 1.62 USDC; the target is met here
        book        btc-perp at 9900: 1,000,000.00 USDC move it by 1 %, half spread 0.01 %, 30.00 % of a move stays, fee 0.10 %; as of every market
        replayed    the planner, asked again, takes the same steps

        in the end  1 order, 1 fill, 0 crossed inside: realized -14.60, fees 1.45 USDC
        again       flotilla explain liquidation"
    `);
    expect(await explained("call-1")).toBe(
      (await explained("liquidation")).replace("explain liquidation", "explain call-1"),
    );
  });

  test("EXC-022: nothing named is told as that, not as the first of what has no name", async () => {
    await expect(explained("")).rejects.toThrow("name what is to be explained");
  });

  test("EXC-013: an agent: what it may open now", async () => {
    expect(await explained("bob")).toMatchInlineSnapshot(`
      "bob: mode run, zone green
        delegation  active, 100.00 of 100.00 USDC left
        duty        losses took the cover: nothing that opens is taken
        trading     may not open
             limit             found     allowed    left      about
          ✓  delegation       active                          the agent holds a delegation that may open
          ✓  lease            300000  at least 1  299999  ms  its lease has not run out
          ✓  mode                run                          neither the agent nor the fleet is held back by the operator
          ✗  cover       not covered                          what is delegated is covered by collateral
        casino      may not open
             limit             found     allowed    left      about
          ✓  delegation       active                          the agent holds a delegation that may open
          ✓  lease            300000  at least 1  299999  ms  its lease has not run out
          ✓  mode                run                          neither the agent nor the fleet is held back by the operator
          ✗  cover       not covered                          what is delegated is covered by collateral
        escrow      may not open
             limit             found     allowed    left      about
          ✓  delegation       active                          the agent holds a delegation that may open
          ✓  lease            300000  at least 1  299999  ms  its lease has not run out
          ✓  mode                run                          neither the agent nor the fleet is held back by the operator
          ✗  cover       not covered                          what is delegated is covered by collateral
        lending     may not open
             limit             found     allowed    left      about
          ✓  delegation       active                          the agent holds a delegation that may open
          ✓  lease            300000  at least 1  299999  ms  its lease has not run out
          ✓  mode                run                          neither the agent nor the fleet is held back by the operator
          ✗  cover       not covered                          what is delegated is covered by collateral
        domains     may not open
             limit             found     allowed    left      about
          ✓  delegation       active                          the agent holds a delegation that may open
          ✓  lease            300000  at least 1  299999  ms  its lease has not run out
          ✓  mode                run                          neither the agent nor the fleet is held back by the operator
          ✗  cover       not covered                          what is delegated is covered by collateral
        refusals    cap_exceeded 1
        8.0         PlaceOrder: cap_exceeded
        9.0         Reserve: approved
        again       flotilla explain bob"
    `);
  });

  test("EXC-014: an answer to what a fall would do", () => {
    const { state } = given(
      ...crisisFleet(crisisPolicy(CALLS), "1010", [ALICE, { cap: "1000" }]),
      ...held(ALICE, "0.3"),
    );
    const told = whatIf(state, parseShock(state, "BTC=-15%"));
    if (!told.ok) throw new Error(told.reason);
    expect(whatIfLines(told.value, PLAIN).join("\n")).toMatchInlineSnapshot(`
      "BTC 10,000.00 -> 8,500.00
        equity       1,007.00 -> 557.00 by the shock -> 556.99 USDC after all forced sales
        zone         yellow -> red, 107.7 % reserved
        maintenance  22.9 % of equity
        calls        fleet
        forced sale  fleet: 0.119796 BTC, 1,018.27 USDC
        second round 0.0092 USDC lost to our own sales; fixed point after 3 rounds"
    `);
    expect([...parseShock(state, "ALL=-10%").values()]).toEqual([-0.1, -0.1]);
    expect([...parseShock(state, "btc-perp=+5 %, eth=-1.5%").values()]).toEqual([0.05, -0.015]);
    for (const wrong of ["BTC", "BTC=15", "BTC=-100%", ""])
      expect(() => parseShock(state, wrong)).toThrow(/is no move/);
    expect(() => parseShock(state, "BTX=-1%")).toThrow(/did you mean BTC/);
  });
});

describe("a journal in a file", () => {
  test("EXC-020: is explained as at the broker, and is not written over", async () => {
    const path = join(dir, "journal.jsonl");
    const messages = await saveJournal(path, DEMO, journal);
    const kept = await loadJournal(path);
    expect([kept.fleet, (await kept.journal.head()).seq]).toEqual([DEMO, messages]);
    const [one, two] = [
      await findIn(DEMO, journal, "big"),
      await findIn(DEMO, kept.journal, "big"),
    ];
    expect(two).toEqual(one);
    await expect(saveJournal(path, DEMO, journal)).rejects.toMatchObject({ code: "EEXIST" });
  });

  test("EXC-021: another file, a line left out and a changed byte are told", async () => {
    const path = join(dir, "broken.jsonl");
    await saveJournal(path, DEMO, journal);
    const { journal: whole } = await loadJournal(path);
    const head = '{"kind":"flotilla-journal","v":1,"fleet":"demo"}';
    const lines: string[] = [];
    for await (const { seq, bytes } of whole.read(1))
      lines.push(JSON.stringify({ seq, bytes: Buffer.from(bytes).toString("base64") }));
    const load = async (text: string) => {
      await writeFile(path, text);
      return loadJournal(path);
    };
    await expect(load("{}")).rejects.toThrow(/is no journal file/);
    await expect(load([head, ...lines.slice(1)].join("\n"))).rejects.toThrow(
      /message 1 is missing/,
    );
    await expect(load(`${head}\n{`)).rejects.toThrow(/:2: is no line/);
    const other = [
      head,
      lines[0],
      (lines[1] ?? "").replace(/"bytes":"(.{40})./, '"bytes":"$1A'),
      ...lines.slice(2),
    ];
    const { journal: changed } = await load(other.join("\n"));
    await expect(findIn(DEMO, changed, "bob")).rejects.toThrow();
  });
});
