/** The conformance suite: what every specialist must live through, for any runner of tests. */
import type { InspectionEvent } from "xstate";
import { formatMicro, micro } from "../core/money.ts";
import type { AgentView } from "../protocol/views.ts";
import { cutShort } from "./conformance-cuts.ts";
import { type ConformanceOptions, demand, Ground } from "./conformance-ground.ts";
import {
  barren,
  cheated,
  flooded,
  lost,
  type Maker,
  poisoned,
  RUN_MS,
  refused,
} from "./conformance-hostile.ts";
import { twiceAndLate } from "./conformance-late.ts";
import { MachineCover } from "./conformance-machine.ts";
import { resumesIn } from "./conformance-resumes.ts";
import type { SpecialistDefinition } from "./define.ts";
import { runSpecialist } from "./run.ts";

/** One promise, and the proof of it: rejects with a `ConformanceError` when it is not kept. */
export interface ConformanceCheck {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What the adapter needs of vitest, of node:test, or of any runner shaped like them. */
export interface TestApi {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
}

/** In fair weather it does something, within its rate. */
const works: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  const running = ground.start();
  const runMs = options.runMs ?? RUN_MS;
  await ground.pass(runMs);
  ground.judge(running);
  const { length } = ground.fleet.taken;
  demand(
    length > 0,
    `it did nothing in ${runMs} ms (${running.phase()}: ${running.why()}): give the suite ` +
      "a config, a view or a longer runMs in which it works",
  );
  const most = ((options.perSecondMax ?? 20) * runMs) / 1_000;
  demand(ground.fleet.asked <= most, `it asked ${ground.fleet.asked} times in ${runMs} ms`);
  await running.stop();
};

const strictConfig: Maker = (definition, options) => async () => {
  const given = { ...((options.config ?? {}) as object), unheardOf: 1 };
  const parsed = definition.config.safeParse(given);
  demand(!parsed.success, "its config takes a field that it does not know: use z.strictObject");
  let thrown: unknown;
  try {
    const link = new Ground(definition, options).fleet.link();
    await runSpecialist(definition, { link, nonce: "n", seed: 1, config: given }).stop();
  } catch (fault) {
    thrown = fault;
  }
  demand(thrown instanceof RangeError, "a bad config is refused before anything starts");
};

const sameActions: Maker = (definition, options) => async () => {
  const runs: string[] = [];
  for (let i = 0; i < 2; i++) {
    const ground = new Ground(definition, options);
    const running = ground.start();
    await ground.pass(options.runMs ?? RUN_MS);
    ground.judge(running);
    await running.stop();
    runs.push(JSON.stringify(ground.fleet.taken));
  }
  demand(
    runs[0] === runs[1],
    "the same seed and truth made other actions: is there a clock in it?",
  );
};

const withinDelegation: Maker = (definition, options) => async () => {
  for (const cap of ["1000", "120", "7.5", "0"]) {
    for (const maxLeverage of [1_000_000, 20_000_000]) {
      const ground = new Ground(definition, options);
      const { delegation } = ground.fleet.view;
      if (delegation !== undefined)
        ground.change({ delegation: { ...delegation, cap, maxLeverage } });
      const running = ground.start();
      await ground.pass((options.runMs ?? RUN_MS) / 2);
      ground.judge(running);
      await running.stop();
    }
  }
};

const onlyReduces: Maker = (definition, options) => async () => {
  const changes: ((view: AgentView) => Partial<AgentView>)[] = [
    () => ({ zone: "orange" }),
    () => ({ zone: "red" }),
    () => ({ mode: "reduce" }),
    () => ({ mode: "flatten" }),
    ({ delegation: held }) =>
      held === undefined ? {} : { delegation: { ...held, phase: "recalling" as const } },
  ];
  for (const change of changes) {
    const ground = new Ground(definition, options);
    const running = ground.start();
    await ground.pass((options.runMs ?? RUN_MS) / 2);
    const before = ground.decisions;
    ground.change(change(ground.fleet.view));
    await ground.pass(15_000);
    ground.judge(running);
    demand(ground.decisions > before, "told to reduce, it was not asked what to reduce");
    demand(running.phase() === "reducing", `told to reduce, it was ${running.phase()}`);
    await running.stop();
  }
};

const halts: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  const running = ground.start();
  await ground.pass(10_000);
  ground.change({ mode: "halt" });
  await ground.pass(5_000);
  const { length } = ground.fleet.taken;
  await ground.pass(15_000);
  ground.judge(running);
  demand(ground.fleet.taken.length === length, "halted, it went on");
  await running.stop();
};

const restarts: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  let last = ground.start();
  for (let i = 0; i < 4; i++) {
    await ground.pass((options.runMs ?? RUN_MS) / 4 + i * 250);
    ground.judge(last);
    await last.stop();
    last = ground.start();
  }
  await ground.pass(10_000);
  ground.judge(last);
  await last.stop();
};

const stops: Maker = (definition, options) => async () => {
  const ground = new Ground(definition, options);
  const running = ground.start();
  await ground.pass(10_000);
  const ended = await running.stop();
  const { asked, closes } = ground.fleet;
  await ground.pass(10_000);
  demand(ended.phase === "stopped", `told to stop, it ${ended.phase}`);
  demand(ground.fleet.asked === asked && closes === 1, "stopped, it went on or kept its link");
};

/** Largest exposure where orders work, in times of that where they fill at once, that is no doubling. */
const TIMES_MAX = 2n;

const countsOrders: Maker = (definition, options) => async () => {
  const largest: bigint[] = [];
  for (const ordersWork of [false, true]) {
    const ground = new Ground(definition, options, {}, { ordersWork });
    const running = ground.start();
    await ground.pass(options.runMs ?? RUN_MS);
    ground.judge(running);
    await running.stop();
    largest.push(ground.practice.largest);
  }
  const [atOnce = 0n, working = 0n] = largest;
  const [most, usual] = [formatMicro(micro(working)), formatMicro(micro(atOnce))];
  demand(
    atOnce === 0n || working <= TIMES_MAX * atOnce,
    `where an order works for some looks it came to hold ${most} USDC, and ${usual} where ` +
      "orders fill at once: does it count view.orders?",
  );
};

const OF_CASINOS: readonly (readonly [string, Maker])[] = [
  ["lied to by the casino, it calls no false bet verified, and bets no more", cheated],
];

const CHECKS: readonly (readonly [string, Maker])[] = [
  ["in fair weather it works, at a bounded rate", works],
  ["its config is strict: an unknown field is refused before anything starts", strictConfig],
  [
    "the same seed makes the same actions, and each decision is a function of its input",
    sameActions,
  ],
  ["it never asks for more than its delegation, however small", withinDelegation],
  ["where orders work and fill in part, it holds no more than it means to", countsOrders],
  ["told to reduce, by zone, mode or recall, it only reduces", onlyReduces],
  ["halted, it asks for nothing", halts],
  ["restarted at any moment, it goes on from the fleet's truth and names nothing twice", restarts],
  ["cut in the middle of a decision and started again, it does nothing twice", cutShort],
  ["refused, it lives, does not hammer, and works again when it is let", refused],
  ["a lost coordinator leaves it reducing; a lost answer does nothing twice", lost],
  ["duplicate and late messages change nothing that it does", twiceAndLate],
  ["poison events and marks do not break it", poisoned],
  ["a flood of events, or of marks that wake it, is contained", flooded],
  ["a fleet that shows it nothing does not break it", barren],
  ["stopped, it sends nothing more and closes its link", stops],
];

/** Made where a specialist says that its machine does. */
const RESUMES: typeof CHECKS = [
  ["stopped in a state that it resumes and started again, its machine stands there", resumesIn],
];

/**
 * The suite for one specialist: named checks, each on a fresh fleet in memory with a clock of its own.
 *
 * It needs no broker and no real time. Checks are independent, in any order. One more is made where the
 * specialist has a machine of its own: that the runs of all of them reach each of its states and arrows.
 */
export function testSpecialist<C, M>(
  definition: SpecialistDefinition<C, M>,
  options: ConformanceOptions = {},
): readonly ConformanceCheck[] {
  if (definition.lifecycle === undefined) return checksOf(definition, options);
  const cover = new MachineCover();
  const inspect = (event: InspectionEvent): void => {
    cover.inspect(event);
    options.inspect?.(event);
  };
  const made = new Set<ConformanceCheck>();
  const checks = checksOf(cover.over(definition), { ...options, inspect });
  const seen = checks.map(({ name, run }) => {
    const check = { name, run: () => run().finally(() => made.add(check)) };
    return check;
  });
  const covers = async (): Promise<void> => {
    // Run alone, or before others, it makes their runs itself; what they find is theirs to tell.
    for (const check of seen) if (!made.has(check)) await check.run().catch(() => undefined);
    cover.judge(options.unreached ?? []);
  };
  return [...seen, { name: "every state and arrow of its own machine is reached", run: covers }];
}

const checksOf = <C, M>(
  definition: SpecialistDefinition<C, M>,
  options: ConformanceOptions,
): readonly ConformanceCheck[] =>
  [
    ...CHECKS,
    ...(definition.service === "casino" ? OF_CASINOS : []),
    ...(options.resumes === undefined ? [] : RESUMES),
  ].map(([name, make]) => ({
    name,
    run: make(definition, options),
  }));

/** Hands the suite to a runner: `describeSpecialist({ describe, test }, mine)`. */
export function describeSpecialist<C, M>(
  api: TestApi,
  definition: SpecialistDefinition<C, M>,
  options: ConformanceOptions = {},
): void {
  api.describe(`conformance of ${definition.name}`, () => {
    for (const { name, run } of testSpecialist(definition, options)) api.test(name, run);
  });
}
