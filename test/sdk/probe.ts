/** A specialist of a few lines that does what a test says, against a fleet in memory. */
import { z } from "zod";
import type { AgentView } from "../../src/protocol/views.ts";
import { type Decision, defineSpecialist, type StrategyContext } from "../../src/sdk/define.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { MemoryFleet, type MemoryFleetOptions, type Script } from "../../src/sdk/memory-fleet.ts";
import { runSpecialist } from "../../src/sdk/run.ts";
import type { RunOptions } from "../../src/sdk/run-options.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { keptLog, SimulatedClock } from "./helpers.ts";

const config = z.strictObject({ every: z.number().int().default(1_000) });
type Config = z.output<typeof config>;
type Context = StrategyContext<Config>;
export type Choose = (view: AgentView, context: Context) => Decision<number> | readonly Intent[];

export const bet = (context: Context): Intent => ({
  command: "PlaceBet",
  body: {
    bet: context.name("b"),
    game: "dice",
    stake: "1",
    params: { direction: "over", threshold: 50 },
    clientSeed: context.random.text(16),
  },
});

export const defined = (choose: Choose, wakeOn: readonly string[] = []) =>
  defineSpecialist<Config, number>({
    name: "probe",
    service: "casino",
    config,
    begin: () => 0,
    strategy: (view, memory, context) => {
      const chosen = choose(view, context);
      return "intents" in chosen ? chosen : { intents: chosen, memory: memory + 1 };
    },
    intervalMs: (given) => given.every,
    wakeOn,
  });

/** Records each bet in the view, as the law would. */
const recording: Script = (taken, view) => {
  if (taken.command !== "PlaceBet") return view;
  const { bet: name, game, stake, clientSeed } = taken.body as Record<string, string>;
  const added = {
    bet: name ?? "",
    game: game ?? "",
    stake: stake ?? "",
    phase: "placed" as const,
    params: {},
    clientSeed: clientSeed ?? "",
    payout: "0",
    seedHash: "",
    nonce: 0,
    resultHash: "",
    outcome: "",
  };
  return { ...view, bets: [...view.bets, added] };
};

export function setUp(
  choose: Choose,
  more: Partial<RunOptions> & Partial<MemoryFleetOptions> = {},
) {
  const clock = new SimulatedClock();
  const view = more.view ?? sampleView("casino");
  const script = more.script ?? recording;
  const fleet = new MemoryFleet({ view, now: () => clock.now(), script });
  const kept = keptLog();
  const options: RunOptions = {
    link: fleet.link(),
    nonce: "n1",
    seed: 7,
    clock,
    log: kept.log,
    ...more,
  };
  const start = (again: Partial<RunOptions> = {}, definition = defined(choose, ["BetSettled"])) =>
    runSpecialist(definition, { ...options, ...again });
  return { clock, fleet, start, lines: kept.lines };
}
