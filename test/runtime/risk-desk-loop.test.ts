/** Desk and loop together: an alarm holds from the next turn on, and the limit meets the order itself. */
import { describe, expect, test } from "vitest";
import type { Id } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { type Millis, millis } from "../../src/core/time.ts";
import { emptyState } from "../../src/fleet/state.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import type { Command, Turn } from "../../src/protocol/turns.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { recover } from "../../src/runtime/recover.ts";
import { RiskDesk } from "../../src/runtime/risk-desk.ts";
import { TurnLoop } from "../../src/runtime/turn-loop.ts";
import type { Outcome } from "../../src/runtime/waiting.ts";
import { EMPTY_HEAD } from "../../src/wire/journal.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import { ALICE, at, BTC_PERP, DEMO, ETH_PERP, POLICY, unitsOf } from "../fleet/cast.ts";
import { type Draft, inner, ops } from "../fleet/spec.ts";
import { configured, enrolled, granted, order } from "../fleet/steps.ts";
import { history, SETTINGS } from "./risk-desk-given.ts";

const HALF_HOUR = 1_800_000;

interface RigOptions {
  readonly policy?: Policy;
  readonly watched?: boolean;
}

function rig({ policy = POLICY, watched = true }: RigOptions = {}) {
  const store = new MemoryStore();
  const desk = new RiskDesk(history(), SETTINGS);
  const turns: Turn[] = [];
  const state = emptyState(DEMO);
  desk.follow(state);
  const loop = new TurnLoop({
    ...{ state, head: EMPTY_HEAD, epoch: 1, clock: systemClock() },
    ...(watched ? { desk } : {}),
    journal: memoryJournal(store),
    onStored: (stored) => turns.push(...stored),
    onStopped: (cause) => {
      throw cause;
    },
  });
  let ids = 0;
  const give = (draft: Draft): Promise<Outcome> => {
    ids += 1;
    const now = loop.now();
    const stamp = {
      ...{ id: (draft.id === "" ? "" : `c${ids}`) as Id, from: draft.from, at: now, print: ids },
      exp: millis(now + 60_000),
    };
    const command = { type: draft.type, stamp, body: draft.body } as Command;
    return new Promise((resolve) => loop.submit(command, resolve));
  };
  /** Market time: half hours since some moment. */
  const marks = (slot: number, btc: string, eth = "1000"): Draft =>
    inner("SetMarks", {
      marks: [
        { market: BTC_PERP, price: at(btc), at: millis(slot * HALF_HOUR) },
        { market: ETH_PERP, price: at(eth), at: millis(slot * HALF_HOUR) },
      ],
    });
  const open = async (): Promise<void> => {
    await give(configured(policy));
    const deposit = { type: "deposited", asset: "USDC", amount: unitsOf("10000", 6) } as const;
    const report = { ...deposit, asset: POLICY.assets[0]?.asset, seq: 1, at: 0 as Millis };
    await give(inner("TakeReports", { reports: [report as never] }));
    for (const draft of [marks(1, "10000"), enrolled(ALICE), granted(ALICE)]) await give(draft);
  };
  return { store, desk, turns, loop, give, marks, open };
}

describe("an alarm", () => {
  test("DSK-060: it freezes from the turn after the mark, whatever waited behind it", async () => {
    const { give, marks, open, turns, store } = rig();
    await open();
    for (const slot of [2, 3, 4]) await give(marks(slot, "10000"));
    // All of these wait at once, in this order.
    const [, , raise, grant] = await Promise.all([
      give(marks(5, "8100")),
      give(marks(6, "7900")),
      give(ops("Raise", { agent: "alice", cap: "2500" })),
      give(ops("Cut", { agent: "alice", cap: "1500" })),
    ]);
    expect(raise).toMatchObject({ ok: false, rejection: { code: "frozen" } });
    expect(grant).toMatchObject({ ok: true });
    const types = turns.map(({ type }) => type);
    const last = types.lastIndexOf("SetMarks");
    expect(types.slice(last)).toEqual(["SetMarks", "SetRegime", "Raise", "Cut"]);
    expect(turns[last + 1]?.events).toMatchObject([
      { type: "RegimeSet", regime: "liquidity-crisis", alarm: true },
    ]);
    // Whoever recovers is as frozen, without a desk of its own.
    const { state } = await recover(DEMO, memoryJournal(store));
    expect(state).toMatchObject({ frozen: true, regime: "liquidity-crisis" });
  });

  test("DSK-061: without a desk the same marks freeze nothing: it is the desk that sees them", async () => {
    const { give, marks, open } = rig({ watched: false });
    await open();
    for (const slot of [2, 3, 4]) await give(marks(slot, "10000"));
    await give(marks(5, "8100"));
    await give(marks(6, "7900"));
    const raise = await give(ops("Raise", { agent: "alice", cap: "2500" }));
    expect(raise).toMatchObject({ ok: true });
  });
});

describe("the limit on value at risk", () => {
  test("DSK-062: orders that are decided in one batch meet it together, and each says its numbers", async () => {
    // 1,000 USDC of BTC lose some 65 on the worst day of a hundred.
    const { give, open, turns } = rig({ policy: { ...POLICY, varLimit: percent(1.5) } });
    await open();
    const told = await Promise.all(
      ["o1", "o2", "o3", "o4"].map((name) => give(order(ALICE, name))),
    );
    expect(told.map((outcome) => "ok" in outcome && outcome.ok)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(told[2]).toMatchObject({ rejection: { code: "var_exceeded" } });
    const approved = turns
      .flatMap(({ events }) => events)
      .filter((e) => e.type === "OrderApproved");
    const [first, second] = approved.map((event) => event.estimate);
    expect(first?.varBefore).toBe(0n);
    expect(second?.varBefore).toBe(first?.varAfter);
    expect(second?.measure).toBe("historical simulation 99.00 % over 1 d");
  });

  test("DSK-063: where nothing can be measured, nothing opens under a limit", async () => {
    const { give, open } = rig({ policy: { ...POLICY, varLimit: percent(90) }, watched: false });
    await open();
    expect(await give(order(ALICE, "o1"))).toMatchObject({ rejection: { code: "var_exceeded" } });
  });
});
