/** Events and marks that come twice, late and again: what a specialist does must not hang on it. */
import { demand, Ground } from "./conformance-ground.ts";
import { type Maker, RUN_MS } from "./conformance-hostile.ts";
import type { PublicEvent } from "./link.ts";

/** Of every so many steps one has an event that comes behind newer ones. */
const LATE_EVERY = 8;
/** How many steps are told again, and how old a late mark is, in steps. */
const AGAIN = 5;

type Told = readonly PublicEvent[];

/** One event of each type that wakes it, in the journal's order. */
function eventsOf(step: number, types: readonly string[]): Told {
  return types.map((type, i) => {
    const seq = step * types.length + i;
    return { id: `${seq}.0.0`, seq, time: 0, agent: "fleet", cause: "c", type };
  });
}

/** Those of one step as they should come, and as they may: each twice, one too late, older ones again. */
function asTold(step: number, types: readonly string[], faulty: boolean): Told {
  const clean = eventsOf(step, types);
  if (!faulty) return clean;
  const turn = step / LATE_EVERY;
  const behind = Number.isInteger(turn) ? clean.at(turn % (clean.length - 1)) : undefined;
  const fresh = behind === undefined ? clean : [...clean.filter((one) => one !== behind), behind];
  const again = eventsOf(Math.max(0, step - AGAIN), types);
  return [...fresh, ...fresh, ...again];
}

/** What it does where each message comes once and in order, or, faulty, as the wire may bring them. */
async function doneUnder<C, M>(
  ground: Ground<C, M>,
  runMs: number,
  types: readonly string[],
  faulty: boolean,
) {
  const marks: { readonly market: string; readonly price: string; readonly at: number }[][] = [];
  const running = ground.start();
  await ground.pass(runMs, (step) => {
    for (const event of asTold(step, types, faulty)) ground.fleet.emit(event);
    const at = ground.clock.now();
    marks.push(ground.fleet.view.markets.map(({ market, mark: price }) => ({ market, price, at })));
    if (!faulty) return;
    for (const mark of marks.at(-1) ?? []) ground.fleet.mark(mark);
    for (const mark of marks.at(-1 - AGAIN) ?? []) ground.fleet.mark(mark);
  });
  ground.judge(running);
  await running.stop();
  return JSON.stringify(ground.fleet.taken);
}

export const twiceAndLate: Maker = (definition, options) => async () => {
  const types = [...new Set([...(definition.wakeOn ?? []), "ModeSet", "ZoneChanged"])];
  const runMs = options.runMs ?? RUN_MS;
  const done = (faulty: boolean) =>
    doneUnder(new Ground(definition, options), runMs, types, faulty);
  const clean = await done(false);
  demand(
    clean === (await done(true)),
    "with messages twice and late it did other things than with each once and in order: an event " +
      "says that something happened, the view says what is so; does it count events?",
  );
};
