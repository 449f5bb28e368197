/** What takes several steps: a kill switch while the venue is away, a wrong file, a dispute, a dead feeder. */
import { FleetFileError, parseFleetFile } from "../runtime/fleet-file.ts";
import type { Chance } from "./chance.ts";
import type { CoordinatorHost } from "./coordinator-host.ts";
import type { OperatorStorm } from "./operator.ts";
import { fleetTextOf } from "./plan.ts";
import type { World } from "./world.ts";

/** What nobody reaches. */
const AWAY = { requestLost: 1, queryError: 1, reportsMissing: 1 } as const;
const AWAY_MS = 60_000;

/**
 * The operator flattens the fleet while no request reaches the venue, and the coordinator dies. The
 * switch must hold: in the journal, over the restart, until somebody says otherwise.
 */
export function killInOutage(world: World, host: CoordinatorHost, operator: OperatorStorm): void {
  const { time, counts, options, checker } = world;
  const away = AWAY_MS * options.slow;
  const before = world.venueRates;
  const during = { ...before, ...AWAY };
  world.venueRates = during;
  counts.fired("kill-in-outage");
  operator.give("SetMode", { mode: "flatten", reason: "an outage" });
  const { haltEpoch } = checker.law;
  time.after(5_000, () => host.kill());
  time.after(away, () => {
    if (world.venueRates === during) world.venueRates = before;
    const { law } = checker;
    if (law.haltEpoch > haltEpoch && law.mode === "flatten") counts.fired("kill-held");
  });
  time.after(away * 2, () => operator.give("SetMode", { mode: "run", reason: "it is over" }));
}

/** Somebody changes a limit, misspells it, and starts anew: the file is refused, the old one goes on. */
export function misspelt(world: World, host: CoordinatorHost): void {
  const { counts, options } = world;
  counts.fired("misspelt");
  const text = fleetTextOf(options).replace('"dryPowder"', '"dryPowdr"');
  try {
    parseFleetFile("simulation", text);
  } catch (fault) {
    const told = fault instanceof FleetFileError && fault.message.includes("dryPowdr");
    if (told) counts.fired("misspelt-refused");
  }
  host.kill();
}

/** Where the house lies the operator looks now and then at who is held for it, and lets it bet again. */
export function letBet(world: World, operator: OperatorStorm, everyMs: number): void {
  if (!world.options.parts.includes("house-lies")) return;
  world.time.after(everyMs, () => {
    for (const { agent, betting } of world.checker.law.agents.values()) {
      if (betting.held !== undefined)
        operator.give("SetMode", { agent, mode: "run", reason: "looked at the dispute" });
    }
    letBet(world, operator, everyMs);
  });
}

/** For how many rounds of marks a feeder is dead: within the age of what it said, beyond it, and for good. */
const DEAD_ROUNDS = [1, 4, 12, Number.POSITIVE_INFINITY] as const;

/** One feeder dies. Only one of them does so for good: what is left are two sources that may agree. */
export function feederDies({ feeders, options, time }: World, chance: Chance): void {
  const living = feeders.filter(({ alive }) => alive);
  if (living.length === 0) return;
  const feeder = chance.pick(living);
  const forGood = feeders.some((one) => one.gone);
  const rounds = chance.pick(forGood ? DEAD_ROUNDS.slice(0, -1) : DEAD_ROUNDS);
  feeder.die(rounds === Number.POSITIVE_INFINITY);
  if (!feeder.gone) time.after(rounds * options.marksMs, () => feeder.rise());
}
