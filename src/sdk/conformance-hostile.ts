/** Checks of the conformance suite in which the world is against the specialist. */
import type { AgentView } from "../protocol/views.ts";
import { type ConformanceOptions, demand, Ground } from "./conformance-ground.ts";
import type { SpecialistDefinition } from "./define.ts";

export const RUN_MS = 60_000;
/** Longer than the practice fleet's lease. */
const SILENCE_MS = 45_000;
const FLOOD = 10_000;
const REFUSALS = [
  "cap_exceeded",
  "busy",
  "rate_limited",
  "not_leading",
  "mark_stale",
  "unheard_of",
];

const POISON: readonly unknown[] = [
  ...[undefined, null, 7, "RUN", [], {}, { type: 7 }, { type: "__proto__" }, { type: "FAIL" }],
  { type: "RUN", leaseMs: Number.NaN },
  { id: "x", seq: "no", time: {}, agent: [], type: "ModeSet", cause: 1 },
  { market: "btc-perp", price: "-1", at: 1 },
  { market: "btc-perp", price: "NaN", at: Number.NaN },
  { market: {}, price: "1", at: 1 },
];

/** Makes the proof of one promise. */
export type Maker = <C, M>(
  definition: SpecialistDefinition<C, M>,
  options: ConformanceOptions,
) => () => Promise<void>;

export const refused: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  let asked = 0;
  ground.script = () => REFUSALS[asked++ % REFUSALS.length] ?? "busy";
  const running = ground.start();
  const runMs = options.runMs ?? RUN_MS;
  await ground.pass(runMs);
  ground.judge(running);
  const most = ((options.perSecondMax ?? 20) * runMs) / 1_000;
  demand(asked <= most, `refused each time, it asked ${asked} times in ${runMs} ms`);
  ground.script = undefined;
  await ground.pass(runMs * 2);
  ground.judge(running);
  demand(ground.fleet.taken.length > 0, "after refusals it never did anything again");
  await running.stop();
};

export const lost: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  const running = ground.start();
  await ground.pass(10_000);
  // Answers lost, then nobody there beyond the lease, then the link gone.
  ground.fleet.weather = "mute";
  await ground.pass(8_000);
  ground.fleet.weather = "deaf";
  await ground.pass(SILENCE_MS);
  demand(running.phase() === "reducing", `without a coordinator it was ${running.phase()}`);
  ground.fleet.weather = "closed";
  await ground.pass(2_000);
  ground.fleet.weather = "fair";
  const { asked } = ground.fleet;
  await ground.pass(options.runMs ?? RUN_MS);
  ground.judge(running);
  demand(ground.fleet.asked > asked, "it did not come back when the coordinator did");
  demand(running.phase() !== "reducing", "it still only reduces after the coordinator came back");
  await running.stop();
};

export const poisoned: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  const running = ground.start();
  await ground.pass(options.runMs ?? RUN_MS, (step) => {
    const poison = POISON[step % POISON.length];
    ground.fleet.emit(poison);
    ground.fleet.mark(poison);
    running.tell(poison);
  });
  ground.judge(running);
  demand(ground.fleet.taken.length > 0, "poison stopped it");
  await running.stop();
};

/** The decision that disputes a bet may hold another bet, and so may one that was under way. */
const IN_VAIN_MAX = 2;

/** A casino that tells of each bet another roll than it drew: the law disputes it, and takes no more bets. */
export const cheated: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options, {}, { houseLies: true });
  const running = ground.start();
  await ground.pass(options.runMs ?? RUN_MS);
  ground.judge(running);
  const { inVain } = ground.practice;
  demand(inVain <= IN_VAIN_MAX, `held for a disputed bet, it asked ${inVain} times to bet again`);
  await running.stop();
};

/** Marks that go up and down by a tenth, many at a time. */
function jumping<C, M>({ fleet, clock }: Ground<C, M>): void {
  for (const { market, mark } of fleet.view.markets) {
    for (let i = 0; i < FLOOD / 20; i++) {
      const price = (Number(mark) * (i % 2 === 0 ? 1.1 : 0.9)).toFixed(2);
      fleet.mark({ market, price, at: clock.now() });
    }
  }
}

export const flooded: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  const running = ground.start();
  await ground.pass(5_000);
  const { decisions } = ground;
  const type = definition.wakeOn?.[0] ?? "ModeSet";
  await ground.pass(5_000, (step) => {
    const event = { seq: step, time: 0, agent: "fleet", type, cause: "c" };
    for (let i = 0; i < FLOOD / 20; i++) ground.fleet.emit({ ...event, id: `${step}.${i}.0` });
    if (definition.wakeOnMark !== undefined) jumping(ground);
  });
  ground.judge(running);
  demand(
    ground.decisions - decisions <= 30,
    `${FLOOD} events and marks made it decide without end`,
  );
  await running.stop();
};

export const barren: Maker = (definition, options) => async () => {
  const nothing: readonly Partial<AgentView>[] = [
    { markets: [], holdings: [] },
    { delegation: undefined },
    { casino: { seedHash: "", revealed: [] } },
  ];
  for (const part of nothing) {
    const ground = new Ground(definition, options, part);
    const running = ground.start();
    await ground.pass(15_000);
    ground.judge(running);
    await running.stop();
  }
};
