/** A new specialist that plays: it flips a coin while the odds are its own. It has a machine of its own. */
import { type Template, testOf } from "./new-specialist-template.ts";

const CONFIG = `/** What it can be told: strict, with defaults, so that {} is a whole config. */
import { z } from "zod";

export const config = z.strictObject({
  /** A game of a coin; the usual one keeps half a per cent, and it sits out at it. */
  game: z.enum(["coin-flip", "coin-flip-rebate"]).default("coin-flip-rebate"),
  side: z.enum(["heads", "tails"]).default("heads"),
  /** Of one flip, in USDC. */
  stake: z.number().min(0.01).max(20).default(1),
  /** How many flips more it may lose than win before it leaves the table, and for how long, in ms. */
  losses: z.number().int().min(1).max(1_000).default(3),
  awayMs: z.number().int().min(100).max(86_400_000).default(60_000),
  /** How long it waits for a seed that it asked for before it asks again, in ms. */
  seedMs: z.number().int().min(100).max(3_600_000).default(10_000),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(1_000),
});

export type Config = z.output<typeof config>;
`;

const LIFECYCLE = `/** Where it stands: at the table, away after losses, or gone after a lie. */
import type { AgentView, LifecycleEvent } from "flotilla";
import { assign, setup } from "xstate";
import type { Config } from "./config.js";

const hasLied = ({ bets }: AgentView): boolean => bets.some(({ phase }) => phase === "disputed");

/** How long it stays away yet, in ms, by the books: a restart finds there what it would forget. */
function awayFor({ at, play }: AgentView, { losses, awayMs }: Config): number {
  const stretches = play?.stretches ?? [];
  // It sat down after the newest break that was as long as it stays away.
  const since = stretches.findLastIndex(({ from }, i) => {
    const before = stretches[i - 1];
    return before === undefined || from - before.to >= awayMs;
  });
  const flips = stretches.slice(since);
  const lost = flips.reduce((sum, { bets, wins }) => sum + bets - 2 * wins, 0);
  const until = (flips.at(-1)?.to ?? 0) + awayMs;
  return lost >= losses ? Math.max(0, until - at) : 0;
}

/** Made at each start of the first view: it begins where the truth says. */
export const table = (first: AgentView, config: Config) =>
  setup({
    types: { context: {} as { readonly leftMs: number }, events: {} as LifecycleEvent },
    guards: {
      lied: ({ event }) => event.type === "VIEW" && hasLied(event.view),
      unlucky: ({ event }) => event.type === "VIEW" && awayFor(event.view, config) > 0,
    },
    actions: {
      leave: assign(({ event }) =>
        event.type === "VIEW" ? { leftMs: awayFor(event.view, config) } : {},
      ),
    },
    delays: { away: ({ context }) => context.leftMs },
  }).createMachine({
    id: "table",
    initial: hasLied(first) ? "gone" : awayFor(first, config) > 0 ? "away" : "playing",
    context: { leftMs: awayFor(first, config) },
    states: {
      playing: {
        on: {
          VIEW: [
            { guard: "lied", target: "gone" },
            { guard: "unlucky", target: "away", actions: "leave" },
          ],
        },
      },
      away: { after: { away: "playing" } },
      gone: { type: "final" },
    },
  });
`;

const STRATEGY = `/** Flips a coin where it pays more than it takes, and checks every flip. Pure. */
import { createHash, createHmac } from "node:crypto";
import {
  type AgentView,
  amounts,
  type BetView,
  type Decision,
  fair,
  type Intent,
  type StrategyContext,
} from "flotilla";
import type { Config } from "./config.js";

/** Lost at a restart: what must outlive one is in the view. */
export interface Memory {
  /** Which seed it asked to see, and when. */
  readonly asked: { readonly seedHash: string; readonly at: number };
}

export const begin = (_view: AgentView, _config: Config): Memory => ({
  asked: { seedHash: "", at: Number.NEGATIVE_INFINITY },
});

/** Functions of what they are given, like all that a strategy may use. */
const hashes = {
  sha256: (text: string) => createHash("sha256").update(text, "utf8").digest("hex"),
  hmacSha256: (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex"),
};

type Context = StrategyContext<Config>;

export function strategy(view: AgentView, memory: Memory, context: Context): Decision<Memory> {
  const { config, now, lifecycle } = context;
  const checks = view.bets.flatMap((bet) => check(bet, view) ?? []);
  const idle = (rest: string): Decision<Memory> =>
    checks.length > 0 ? { intents: checks, memory } : { intents: [], memory, rest };
  // A flip is proven by the seed behind it, which the casino tells when it commits to another.
  const { seedHash } = view.casino;
  const open = view.bets.some((bet) => bet.phase === "settled" && bet.seedHash === seedHash);
  const running = context.stance === "run";
  if (open || (seedHash === "" && running)) {
    const waits = memory.asked.seedHash === seedHash && now - memory.asked.at < config.seedMs;
    if (waits) return idle("it waits for a seed");
    const intents: readonly Intent[] = [...checks, { command: "RotateSeed", body: {} }];
    return { intents, memory: { asked: { seedHash, at: now } } };
  }
  if (!running) return idle(context.why);
  if (lifecycle?.matches("gone")) return idle("a flip was not what its seed says");
  if (lifecycle?.matches("away")) return idle("it lost too often");
  if (view.bets.some(({ phase }) => phase === "placed")) return { intents: checks, memory };
  if (meanReturn(config) <= 1) return idle("the house has the edge");
  const stake = Math.min(config.stake, Number(view.delegation?.available ?? 0) * 0.8);
  if (stake < 0.01) return idle("too little margin for a flip");
  return { intents: [...checks, flip(stake, context)], memory };
}

/** What a coin gives back of a stake in the mean, by the published rule of the game. */
function meanReturn({ game, side }: Config): number {
  const terms = fair.termsOf(game, { side });
  return terms === undefined ? 0 : (terms.rolls / fair.ROLLS) * (Number(terms.multiple) / 10_000);
}

const flip = (stake: number, { config, name, random }: Context): Intent => ({
  command: "PlaceBet",
  body: {
    bet: name("b"),
    game: config.game,
    stake: amounts.formatMicro(amounts.usdcFrom(stake)),
    params: { side: config.side },
    // Its own part of the chance: with it the casino cannot choose the result.
    clientSeed: random.text(16),
  },
});

/** The verdict on a settled flip whose seed is known. */
function check(bet: BetView, view: AgentView): Intent | undefined {
  const seed = view.casino.revealed.find(({ seedHash }) => seedHash === bet.seedHash);
  if (bet.phase !== "settled" || seed === undefined) return undefined;
  const [stake, payout] = [amounts.usdcOf(bet.stake), amounts.usdcOf(bet.payout)];
  const told = { ...bet, payout, won: payout > 0n };
  const fault = fair.betFault({ ...bet, stake }, told, seed.serverSeed, hashes);
  const note = fault ?? "proof recomputed";
  return { command: "CheckBet", body: { bet: bet.bet, verified: fault === undefined, note } };
}
`;

const specialist = (
  name: string,
): string => `/** The specialist: its name, service, config, strategy, and a machine of its own. */
import { defineSpecialist } from "flotilla";
import { type Config, config } from "./config.js";
import { table } from "./lifecycle.js";
import { begin, type Memory, strategy } from "./strategy.js";

export const specialist = defineSpecialist<Config, Memory>({
  name: "${name}",
  service: "casino",
  config,
  begin,
  strategy,
  lifecycle: table,
  intervalMs: (given) => given.intervalMs,
  // Looks at once when a flip of its own is settled.
  wakeOn: ["BetSettled", "BetFailed"],
});
`;

const OWN = `const bet = (part: object) => ({
  ...{ bet: "b-9", game: "coin-flip-rebate", stake: "1", params: { side: "heads" }, nonce: 0 },
  ...{ phase: "settled", payout: "0", clientSeed: "abcdefgh", seedHash: "s1" },
  ...{ resultHash: "", outcome: "" },
  ...part,
});
const casino = { seedHash: "s1", revealed: [] };

test("it flips where a coin pays more than it takes, and sits out where it does not", () => {
  const [flip] = decide({ casino }).intents;
  expect(flip).toMatchObject({ command: "PlaceBet", body: { stake: "1", clientSeed: "abcdefgh" } });
  const usual = decide({ casino }, { config: config.parse({ game: "coin-flip" }) });
  expect(usual).toMatchObject({ intents: [], rest: "the house has the edge" });
});

test("what was settled is proven by its seed, and what is not so is disputed", () => {
  const rotates = [{ command: "RotateSeed", body: {} }];
  expect(decide({ casino, bets: [bet({})] }).intents).toEqual(rotates);
  const revealed = [{ seedHash: "s1", serverSeed: "another" }];
  const told = decide({ casino: { seedHash: "s2", revealed }, bets: [bet({})] });
  expect(told.intents[0]).toMatchObject({ command: "CheckBet", body: { verified: false } });
});

test("it is gone for good once a flip was disputed", () => {
  const actor = createActor(table(view(), given)).start();
  actor.send({ type: "VIEW", view: view({ bets: [bet({ phase: "disputed" })] }) });
  expect(actor.getSnapshot().value).toBe("gone");
  const lifecycle = { value: "gone", context: {}, matches: (state: string) => state === "gone" };
  expect(decide({ casino }, { lifecycle }).intents).toEqual([]);
});

test("started again it stays away for as long as it would have", () => {
  const stretch = { from: 0, to: 50_000, bets: 5, wins: 1, result: "-3" };
  const stands = (at: number, wins: number) => {
    const play = { stretches: [{ ...stretch, wins }], tallies: [] };
    return createActor(table(view({ at, play }), given)).start().getSnapshot();
  };
  expect(stands(60_000, 1)).toMatchObject({ value: "away", context: { leftMs: 50_000 } });
  expect([stands(60_000, 2).value, stands(110_000, 1).value]).toEqual(["playing", "playing"]);
});
`;

/** In the suite a second is long. A break as short as that between two flips would end its sitting. */
const SUITE = `, {
  config: { losses: 2, awayMs: 5_000 },
  resumes: ["away"],
}`;

const TEST = testOf("casino", "sampleView", SUITE, OWN)
  .replace('from "vitest";\n', 'from "vitest";\nimport { createActor } from "xstate";\n')
  .replace('config.js";\n', 'config.js";\nimport { table } from "../src/lifecycle.js";\n');

export const CASINO: Template = {
  does: "flips a coin where it pays more than it takes, and leaves after losses",
  ...{ config: CONFIG, strategy: STRATEGY, specialist, test: TEST, lifecycle: LIFECYCLE },
  grant: "--cap 100 --services casino",
};
