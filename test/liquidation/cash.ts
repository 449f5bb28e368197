/** Sources of cash that differ by one thing, and the ladder's plan of them. */
import {
  type CashSource,
  climb,
  type LadderInput,
  type LadderPlan,
} from "../../src/liquidation/ladder.ts";
import { value } from "./adl-words.ts";

export const source = (id: string, over: Partial<CashSource> = {}): CashSource => ({
  ...{ id, kind: "idle", amount: 100n, costPpm: 0, timeToCash: 0, certainty: 1_000_000 },
  ...over,
});

export const climbed = (
  need: bigint,
  sources: CashSource[],
  over: Partial<LadderInput> = {},
): LadderPlan => value(climb({ need, deadline: 10_000, sources, ...over }));
