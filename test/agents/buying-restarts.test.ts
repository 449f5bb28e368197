/** Buyers that start again and again, on the law's own books: a budget and a pause outlive every start. */
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { resumeEscrow } from "../../agents/escrow/resume.ts";
import { escrowStrategy } from "../../agents/escrow/strategy.ts";
import { lendingConfig } from "../../agents/lending/config.ts";
import { beginLending, lendingStrategy } from "../../agents/lending/strategy.ts";
import { beginTrading } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import type { Decision } from "../../src/sdk/define.ts";
import { ALICE, BOB } from "../fleet/cast.ts";
import { by, given, wait } from "../fleet/spec.ts";
import { fleetOf } from "../fleet/steps.ts";
import { bodies, decided } from "./context.ts";
import { configOf } from "./trading-given.ts";

const MINUTE = 60_000;
const buys = { perDay: "0.2", amount: "0.05", everyMs: MINUTE };
const trader = configOf({ buys });
const lender = lendingConfig.parse({ buys });
/** One look of an agent that has just started: its memory is that of a beginning. */
const STARTS: Readonly<Record<string, (view: AgentView) => Decision<unknown>>> = {
  signal: (view) => decided(tradingStrategy, view, beginTrading(), trader),
  data: (view) => decided(lendingStrategy, view, beginLending(), lender),
};

/** Starts so often, so far apart; what it posts is done and paid each time. @returns when it posted. */
function posted(start: (view: AgentView) => Decision<unknown>, starts: number, apart: number) {
  const story = given(...fleetOf(ALICE, BOB));
  const at: number[] = [];
  for (let i = 0; i < starts; i += 1) {
    const view = agentView(story.state, ALICE, story.now);
    if (view === undefined) throw new Error("alice is enrolled");
    for (const { job, kind, brief, amount, ttlMs } of bodies(start(view), "PostJob")) {
      at.push(i);
      story.given(
        by(ALICE, "PostJob", { job, kind, brief, amount, ttlMs }),
        by(BOB, "TakeJob", { by: "alice", job }),
        by(BOB, "DeliverJob", { by: "alice", job, result: "USDC 5.00 %" }),
        by(ALICE, "AcceptJob", { job }),
      );
    }
    story.given(wait(apart), by(ALICE, "Renew", {}), by(BOB, "Renew", {}));
  }
  return at;
}

test.each(Object.entries(STARTS))(
  "BUY-030: 20 starts a minute apart post no more %s jobs than a day's budget pays: four",
  (_kind, start) => {
    expect(posted(start, 20, MINUTE)).toEqual([0, 1, 2, 3]);
  },
);

test("BUY-031: what was paid a day ago buys again, whether it was started anew since or not", () => {
  const start = STARTS["signal"];
  if (start === undefined) throw new Error("there is a buyer of signals");
  const hours = posted(start, 60, 60 * MINUTE);
  expect(hours).toEqual([0, 1, 2, 3, 25, 26, 27, 28, 50, 51, 52, 53]);
});

const config = escrowConfig.parse({
  ...{ buy: [], sell: [], jobEveryMs: 10 * MINUTE },
  jobs: [
    { kind: "data", brief: "what borrowers pay now", amount: "0.05", ttlMs: MINUTE },
    { kind: "signal", brief: "which side traders are on", amount: "0.05", ttlMs: MINUTE },
  ],
});

test("ESA-028: an escrow agent that is started each minute keeps its pause between two jobs", () => {
  const start = (view: AgentView) =>
    decided(escrowStrategy, view, resumeEscrow(view, config), config);
  expect(posted(start, 25, MINUTE)).toEqual([0, 10, 20]);
});

test("ESA-029: a job that is open has had its turn: after it the next of the list is posted", () => {
  const story = given(...fleetOf(ALICE, BOB));
  const job = { job: "j1", kind: "data", brief: "what borrowers pay now", ttlMs: MINUTE } as const;
  story.given(by(ALICE, "PostJob", { ...job, amount: "0.05" }));
  const view = agentView(story.state, ALICE, story.now);
  if (view === undefined) throw new Error("alice is enrolled");
  const memory = resumeEscrow(view, config);
  expect(memory.job).toEqual({ next: 1, at: story.now });
  const later = { ...view, jobs: [], at: story.now + 1_000 };
  const hasty = { ...config, jobEveryMs: 1_000 };
  const next = bodies(decided(escrowStrategy, later, memory, hasty), "PostJob");
  expect(next).toMatchObject([{ kind: "signal" }]);
});
