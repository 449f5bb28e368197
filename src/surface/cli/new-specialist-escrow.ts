/** A new specialist that buys through escrows: one deal, again and again. */
import { specialistOf, type Template, testOf } from "./new-specialist-template.ts";

const CONFIG = `/** What it can be told: strict, with defaults, so that {} is a whole config. */
import { z } from "zod";

export const config = z.strictObject({
  /** Of whom it buys, what, and for how much, in USDC. */
  counterparty: z.string().min(1).max(64).default("out-data-1"),
  description: z.string().min(3).max(200).default("funding rates, one hour"),
  price: z.number().min(0.01).max(100_000).default(5),
  /** What is not delivered by then is its money again, in ms of the venue's time. */
  timeoutMs: z.number().int().min(1_000).max(2_592_000_000).default(3_600_000),
  /** Least time between two purchases, in ms. */
  everyMs: z.number().int().min(1_000).max(604_800_000).default(10_000),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(1_000),
});

export type Config = z.output<typeof config>;
`;

const STRATEGY = `/** Buys the same thing again and again, and pays when it was delivered. Pure. */
import {
  type AgentView,
  amounts,
  type Decision,
  type EscrowView,
  type Intent,
  type StrategyContext,
} from "flotilla";
import type { Config } from "./config.js";

/** Lost at a restart: what must outlive one is in the view. */
export interface Memory {
  /** Nothing is bought before, in the fleet's time. */
  readonly nextAt: number;
}

/** A start before this one may have bought just now, and be over already: it waits its time. */
export const begin = (view: AgentView, { everyMs }: Config): Memory => ({
  nextAt: view.at + everyMs,
});

type Context = StrategyContext<Config>;

const OVER: readonly string[] = ["released", "refunded", "failed"];
const isOpen = ({ phase }: EscrowView): boolean => !OVER.includes(phase);

export function strategy(view: AgentView, memory: Memory, context: Context): Decision<Memory> {
  const { config, now } = context;
  // To pay for what was delivered ends an obligation: it is done whatever the fleet says.
  const paid = view.escrows
    .filter(isDelivered)
    .map(({ escrow }): Intent => ({ command: "ReleaseEscrow", body: { escrow } }));
  const idle = (rest: string): Decision<Memory> =>
    paid.length > 0 ? { intents: paid, memory } : { intents: [], memory, rest };
  if (context.stance === "reduce") return idle(context.why);
  if (view.escrows.some(isOpen)) return { intents: paid, memory };
  if (now < memory.nextAt) return idle("it has bought not long ago");
  const available = amounts.usdcOf(view.delegation?.available ?? "0");
  if (amounts.usdcFrom(config.price) > available) return idle("it has too little margin");
  return { intents: [...paid, purchase(context)], memory: { nextAt: now + config.everyMs } };
}

/** An act that the venue has not confirmed yet is not repeated: the view says that it is pending. */
const isDelivered = ({ role, phase, pending }: EscrowView): boolean =>
  role === "pay" && phase === "delivered" && pending === "";

const purchase = ({ config, name }: Context): Intent => ({
  command: "OpenEscrow",
  body: {
    ...{ escrow: name("e"), role: "pay", counterparty: config.counterparty },
    ...{ description: config.description, timeoutMs: config.timeoutMs },
    amount: amounts.formatMicro(amounts.usdcFrom(config.price)),
  },
});
`;

const OWN = `const bought = (part: object = {}) => ({
  ...{ escrow: "e-9", role: "pay", counterparty: "out-data-1", amount: "5", phase: "funded" },
  ...{ description: "", referrer: "", referee: "", expiresAt: 0, pending: "" },
  ...part,
});

test("it buys when its time has come, and nothing while a purchase is open", () => {
  const [order] = decide().intents;
  expect(order).toMatchObject({ command: "OpenEscrow", body: { role: "pay", amount: "5" } });
  expect(decide({}, { now: given.everyMs - 1 }).intents).toEqual([]);
  expect(decide({ escrows: [bought()] }).intents).toEqual([]);
});

test("it pays for what was delivered, once, and also when it may only reduce", () => {
  const escrows = [bought({ phase: "delivered" })];
  const release = [{ command: "ReleaseEscrow", body: { escrow: "e-9" } }];
  expect(decide({ escrows }).intents).toEqual(release);
  expect(decide({ escrows }, { stance: "reduce" }).intents).toEqual(release);
  const pending = [bought({ phase: "delivered", pending: "release" })];
  expect(decide({ escrows: pending }).intents).toEqual([]);
});
`;

export const ESCROW: Template = {
  does: "buys from one outsider through escrows, and pays when it was delivered",
  ...{ config: CONFIG, strategy: STRATEGY, test: testOf("escrow", "sampleView", "", OWN) },
  specialist: specialistOf("escrow", ["EscrowFunded", "EscrowDelivered", "EscrowReleased"]),
  grant: "--cap 100 --services escrow",
};
