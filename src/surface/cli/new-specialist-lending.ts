/** A new specialist that lends: one loan of idle USDC after the other, all back when it must reduce. */
import { specialistOf, type Template, testOf } from "./new-specialist-template.ts";

const CONFIG = `/** What it can be told: strict, with defaults, so that {} is a whole config. */
import { z } from "zod";

export const config = z.strictObject({
  /** Of one loan, in USDC. */
  loan: z.number().min(1).max(100_000).default(20),
  /** Loans at once. */
  most: z.number().int().min(1).max(100).default(3),
  /** Lowest yearly rate, 0.03 is 3 %. */
  least: z.number().min(0).max(10).default(0.03),
  /** How long before it is back a loan is asked for again, in ms of the venue's time. */
  noticeMs: z.number().int().min(1_000).max(2_592_000_000).default(3_600_000),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(1_000),
  /** After an offer that nobody took it offers nothing for this, in ms. */
  coolMs: z.number().int().min(0).max(3_600_000).default(10_000),
});

export type Config = z.output<typeof config>;
`;

const STRATEGY = `/** Lends what lies idle, and takes all of it back when it must. Pure. */
import {
  type AgentView,
  amounts,
  type Decision,
  type Intent,
  type LoanView,
  type StrategyContext,
} from "flotilla";
import type { Config } from "./config.js";

/** Lost at a restart: what must outlive one is in the view. */
export interface Memory {
  /** The loan that it offered last, until it is open; "" when there is none. */
  readonly offered: string;
  /** Nothing is offered before, in the fleet's time. */
  readonly coolUntil: number;
}

export const begin = (_view: AgentView, _config: Config): Memory => ({ offered: "", coolUntil: 0 });

type Context = StrategyContext<Config>;

const isHeld = ({ phase }: LoanView): boolean => phase !== "returned" && phase !== "failed";

export function strategy(view: AgentView, before: Memory, context: Context): Decision<Memory> {
  const { config, now, outcomes } = context;
  const memory = learned(view, before, context);
  const held = view.loans.filter(isHeld);
  if (context.stance === "reduce") {
    const open = held.filter(({ phase }) => phase === "open").slice(0, 16);
    const intents = open.map(({ loan }): Intent => ({ command: "RecallLoan", body: { loan } }));
    return intents.length > 0 ? { intents, memory } : { intents, memory, rest: context.why };
  }
  const refused = outcomes.some(({ ok }) => !ok);
  const waits = held.some(({ phase }) => phase === "requested");
  if (waits || held.length >= config.most) return { intents: [], memory };
  const idle = (rest: string): Decision<Memory> =>
    held.length > 0 ? { intents: [], memory } : { intents: [], memory, rest };
  if (refused || now < memory.coolUntil) return idle("nobody took its last offer");
  const size = amounts.usdcFrom(config.loan);
  if (size > mayLend(view)) return idle("nothing idle may be lent");
  const offer = offerOf(context);
  return { intents: [offer], memory: { ...memory, offered: offer.body.loan } };
}

/** An offer that is gone without having been open was worth too little to anybody. */
function learned(view: AgentView, before: Memory, { config, now, outcomes }: Context): Memory {
  const refused = outcomes.some(({ ok }) => !ok);
  const found = view.loans.find(({ loan }) => loan === before.offered);
  const unmet = before.offered !== "" && (found === undefined || found.phase === "failed");
  const coolUntil = refused || unmet ? now + config.coolMs : before.coolUntil;
  return { offered: found?.phase === "requested" ? before.offered : "", coolUntil };
}

/** Within what the fleet lets be lent of what is idle, and its own margin: millionths of USDC. */
function mayLend(view: AgentView): bigint {
  const holding = view.holdings.find(({ asset }) => asset === "USDC");
  if (holding === undefined) return 0n;
  const [wallet, lent] = [amounts.usdcOf(holding.wallet), amounts.usdcOf(holding.lent)];
  const share = BigInt(holding.lendShare ?? view.lendShare);
  const most = ((wallet + lent) * share) / 1_000_000n - lent;
  const available = amounts.usdcOf(view.delegation?.available ?? "0");
  return most < available ? most : available;
}

const offerOf = ({ config, name }: Context) => ({
  command: "OpenLoan" as const,
  body: {
    loan: name("l"),
    asset: "USDC",
    amount: amounts.formatMicro(amounts.usdcFrom(config.loan)),
    minRate: Math.round(config.least * 1e6),
    noticeMs: config.noticeMs,
  },
});
`;

const OWN = `const holdings = [{ asset: "USDC", wallet: "1000", lent: "0" }];
const loan = (part: object = {}) => ({
  ...{ loan: "l-9", asset: "USDC", amount: "20", rate: 40_000, phase: "open", interest: "0" },
  ...part,
});

test("it lends what lies idle, one offer at a time and no more than it may", () => {
  const [offer] = decide({ holdings }).intents;
  expect(offer).toMatchObject({ command: "OpenLoan", body: { amount: "20", minRate: 30_000 } });
  expect(decide({ holdings, loans: [loan({ phase: "requested" })] }).intents).toEqual([]);
  expect(decide({ holdings, loans: [1, 2, 3].map(() => loan()) }).intents).toEqual([]);
  expect(decide({ holdings, lendShare: 19_999 }).intents).toEqual([]);
});

test("an offer that nobody took is not made again at once", () => {
  const memory = { offered: "l-9", coolUntil: 0 };
  const { intents, memory: next } = strategy(view({ holdings }), memory, context());
  expect([intents, next.coolUntil]).toEqual([[], 60_000 + given.coolMs]);
});

test("told to reduce it takes all of it back", () => {
  const loans = [loan(), loan({ loan: "l-8", phase: "recalling" })];
  const told = decide({ loans }, { stance: "reduce" });
  expect(told.intents).toEqual([{ command: "RecallLoan", body: { loan: "l-9" } }]);
});
`;

export const LENDING: Template = {
  does: "lends idle USDC at a least rate, and takes it back when the fleet needs it",
  ...{ config: CONFIG, strategy: STRATEGY, test: testOf("lending", "sampleView", "", OWN) },
  specialist: specialistOf("lending", ["LoanOpened", "LoanFailed", "LoanReturned"]),
  grant: "--cap 200 --services lending",
};
