/** What the fleet does by itself when margin grows scarce: every duty a parameter, absent is off. */
import { z } from "zod";
import type { Micro } from "../core/money.ts";
import { ppm } from "../core/ppm.ts";
import { DAY, MINUTE } from "../core/time.ts";
import { amount, durationField, marketField, ppmField } from "./fields.ts";
import { CLOSING_RULES } from "./words.ts";

/** What the fleet does about a venue that may take its positions. Each field absent is off. */
const ADL_FIELDS = z.strictObject({
  /** Lights of the venue's queue, 1 to 5, from which the fleet closes by itself … */
  reduceAtRank: z.number().int().min(1).max(5).optional(),
  /** … this part of its net position at a time, until the lights are fewer. */
  reduceBy: ppmField.optional(),
  /** Wait before more of a market goes, in ms: a venue ranks anew within seconds. Absent: none. */
  pauseMs: durationField.optional(),
  /** When the venue took a leg of a hedge: close what is too much, freeze its agent, or only tell. */
  hedge: z.enum(["reduce", "freeze", "tell"]).optional(),
  /** Legs are a hedge while their net is at most this part of what they come to without signs. */
  hedgeBound: ppmField.optional(),
  /** Markets that are counted against each other. Absent: all of them. */
  hedgeGroups: z
    .array(z.strictObject({ name: z.string().max(64), markets: z.array(marketField).readonly() }))
    .max(64)
    .readonly()
    .optional(),
});

export type AdlPolicy = z.output<typeof ADL_FIELDS>;

/** Leverage falls as volatility rises: by target over realised, never below 1x. */
const VOLATILITY = z.strictObject({
  /** Yearly volatility at which leverage is whole. */
  target: ppmField,
  /** Market time between two returns, and over which they are averaged, in ms. */
  sampleMs: durationField.default(5 * MINUTE),
  windowMs: durationField.default(DAY),
  /** The smallest change of the part that is left that is told. */
  step: ppmField.default(ppm(50_000)),
});

/** Shares are of all the caps that may move; the bounds widen where there are few agents. */
const REALLOCATE = z.strictObject({
  /** A return is taken of every agent after this, in ms, and so many are kept. */
  periodMs: durationField.default(DAY),
  keep: z.number().int().min(2).max(1_000).default(365),
  /** Periods between two decisions, and the fewest that a record must have to be judged. */
  every: z.number().int().min(1).max(1_000).default(7),
  least: z.number().int().min(2).max(1_000).default(28),
  /** The share that each keeps, the most that one may have, and the largest change at once. */
  floor: ppmField.default(ppm(50_000)),
  cap: ppmField.default(ppm(400_000)),
  step: ppmField.default(ppm(100_000)),
  /** What moving a share costs, and the time in which it must earn that back, in ms. */
  cost: ppmField.default(ppm(1_000)),
  horizonMs: durationField.default(91 * DAY),
  /** The chance that it gains, below which nothing moves; how far shares lean with skill. */
  confidence: ppmField.default(ppm(800_000)),
  lean: ppmField.default(ppm(2_000_000)),
});
export type ReallocateRules = z.output<typeof REALLOCATE>;

/** Orders that wait. A book is as thin as volatility has cut the leverage of its market. */
const PATIENCE = z.strictObject({
  /** How long after the grace, in ms: later nothing waits. */
  withinMs: durationField,
  /** The part of the missing depth that is expected back. */
  recovery: ppmField,
  /** By how much more a later cost counts. */
  premium: ppmField,
  /** A further move against the book that must be lived through, */
  shock: ppmField,
  /** with maintenance over equity of at most this. */
  most: ppmField,
});

/**
 * The `crisis` part of a fleet file.
 *
 * Ratios are parts per million. `maintenance` stands for maintenance margin over equity; a position's
 * own stops stand over its maintenance margin: 1,500,000 is 150 %.
 */
export const CRISIS_FIELDS = z.strictObject({
  /** Time to put things right after a margin call, in ms. Absent: nobody is called. */
  graceMs: durationField.optional(),
  /** Maintenance over equity from which the fleet, or an isolated agent, is called. */
  callAt: ppmField.optional(),
  /** A call ends in liquidation only when utilization is below this … */
  targetUtilization: ppmField.optional(),
  /** … and maintenance over equity below this. */
  targetMaintenance: ppmField.optional(),
  /** Maintenance over equity that is told, ascending. */
  alerts: z.array(ppmField).max(8).readonly().optional(),
  /** How far below a threshold of maintenance one must come to be past it. */
  hysteresis: ppmField.optional(),
  /** In orange and red: loans are asked back, the cheapest that land in time first. */
  recallLoans: z.boolean().optional(),
  /** In orange: what loans cannot bring within this time is got by reducing, in ms. */
  reduceWithinMs: durationField.optional(),
  /** A position's equity over its maintenance below which its agent is told. */
  softStop: ppmField.optional(),
  /** The same, below which the coordinator closes it. */
  hardStop: ppmField.optional(),
  /** The same, below which what is left of the delegation is put behind the position. */
  topUp: ppmField.optional(),
  /** Where the delegation has nothing left, the same from the dry powder; not for isolated agents. */
  topUpFromReserve: z.boolean().optional(),
  /**
   * What using dry powder costs, as a part of what is used. Absent: when the grace of a call is over
   * positions are closed and the reserve stays; else it stands in for them as far as it goes.
   */
  powderCost: ppmField.optional(),
  /**
   * What a unit of reserve costs to hold over what a unit too little costs: the reserve is then the
   * value at risk at one less this, and at least the policy's share. Absent: the share alone.
   */
  reserveRatio: ppmField.optional(),
  /** Loss of fleet equity from its highest at which all agents may only reduce. */
  trailingStop: ppmField.optional(),
  /** The part of what is reserved that is then freed by closing, the cheapest first. Absent: none. */
  trailingReduce: ppmField.optional(),
  /** Loss from an agent's highest, over its cap: from `drawdown` on it keeps that part of its cap. */
  drawdownLadder: z
    .array(z.strictObject({ drawdown: ppmField, keeps: ppmField }))
    .max(8)
    .readonly()
    .optional(),
  /** Leverage by realised volatility. Absent: off. */
  volatility: VOLATILITY.optional(),
  /** Times around which no position is opened above a leverage, epoch ms. */
  calendar: z
    .array(
      z.strictObject({
        name: z.string().max(64),
        at: z.number().int().min(0),
        beforeMs: durationField,
        afterMs: durationField,
        maxLeverage: ppmField,
        /** The part of the collateral that no opening may reserve then. */
        buffer: ppmField.optional(),
      }),
    )
    .max(64)
    .readonly()
    .optional(),
  /** Caps moved between agents by their records. Absent: nothing is recorded and nothing moves. */
  reallocate: REALLOCATE.optional(),
  /** Cover lost: unused caps are cut in proportion until it is back. */
  cutOnShortfall: z.boolean().optional(),
  /** … and beyond it this part of the collateral, so that the next mark does not cut again. Absent: 0. */
  cutSpare: ppmField.optional(),
  /** What is done about deleveraging by the venue. */
  adl: ADL_FIELDS.optional(),
  /** What of a position that stands against its agent's other side is lost when it is closed. */
  hedgeCost: ppmField.optional(),
  /** Funding payments to come that closing forgoes or saves, at the last rate. */
  fundingPayments: z.number().int().min(1).max(10_000).optional(),
  /**
   * Bad weather, or a market whose leverage volatility has cut: a plan weighs the next call too, after
   * a further move of `shock` against the book, by its chance. Absent: each call alone.
   */
  distress: z.strictObject({ chance: ppmField, shock: ppmField }).optional(),
  /**
   * What plans may send into a market net: this part of the USDC that move it by 1 %, and one lot at
   * least, in so many ms. Absent: all at once.
   */
  pace: z.strictObject({ depth: ppmField, everyMs: durationField }).optional(),
  /**
   * By which rule plans choose what to close. Absent: the cheapest. One of the simple rules is for who must follow it,
   * or would compare: neither the next call, nor fewer orders, nor patience, nor sparing is then asked for.
   */
  closeBy: z.enum(CLOSING_RULES).optional(),
  /** What a plan may cost beyond the cheapest to send fewer orders, at most 50000. Absent: nothing. */
  fewerOrders: ppmField.optional(),
  /** After the grace dear orders may wait for fuller books. Absent: none does. */
  patience: PATIENCE.optional(),
  /** What the liquidation planner believes of every market: USDC that move its price by 1 %. */
  depth: amount.optional(),
  /** Half the spread, and the share of a move that stays. */
  halfSpread: ppmField.optional(),
  permanentShare: ppmField.optional(),
});

export type CrisisPolicy = z.output<typeof CRISIS_FIELDS>;

/** What a fleet file that says nothing gets. */
export const CRISIS_DEFAULTS = {
  graceMs: 5 * MINUTE,
  callAt: ppm(850_000),
  targetUtilization: ppm(550_000),
  targetMaintenance: ppm(600_000),
  alerts: [ppm(500_000), ppm(700_000), ppm(850_000)],
  hysteresis: ppm(50_000),
  recallLoans: true,
  reduceWithinMs: 5 * MINUTE,
  softStop: ppm(1_500_000),
  hardStop: ppm(1_300_000),
  cutOnShortfall: true,
  cutSpare: ppm(10_000),
  topUpFromReserve: true,
  powderCost: ppm(10_000),
  adl: {
    ...{ reduceAtRank: 5, reduceBy: ppm(500_000), pauseMs: MINUTE },
    ...{ hedge: "reduce", hedgeBound: ppm(250_000) },
  },
  depth: 1_000_000_000_000n as Micro,
  halfSpread: ppm(100),
  permanentShare: ppm(300_000),
} as const satisfies CrisisPolicy;

/** A position is told of, then topped up, then closed: in another order one would never happen. */
function stopFaults({ softStop, hardStop = ppm(0), topUp }: CrisisPolicy): readonly string[] {
  const faults: string[] = [];
  if (softStop !== undefined && softStop <= hardStop)
    faults.push(`policy.crisis.softStop: must be above hardStop (${hardStop}), was ${softStop}`);
  if (topUp !== undefined && topUp <= hardStop)
    faults.push(`policy.crisis.topUp: must be above hardStop (${hardStop}), was ${topUp}`);
  return faults;
}

/** What at these bounds would hold always, or never. */
function boundFaults({ callAt, trailingStop, ...rest }: CrisisPolicy): readonly string[] {
  const faults: string[] = [];
  if ((callAt ?? 0) > 1_000_000) faults.push("policy.crisis.callAt: must be at most 1000000");
  if (trailingStop === 0) faults.push("policy.crisis.trailingStop: must be above 0, or absent");
  if (rest.drawdownLadder?.some(({ drawdown }) => drawdown === 0) === true)
    faults.push("policy.crisis.drawdownLadder: each drawdown is above 0");
  if (rest.calendar?.some(({ maxLeverage }) => maxLeverage < 1_000_000) === true)
    faults.push("policy.crisis.calendar: a maxLeverage is at least 1000000, which is none");
  return faults;
}

/**
 * Rules between the fields, each by its name: what a file may not say.
 *
 * @param answerWithinMs the policy's: what an order takes to bring cash. Absent: not compared.
 */
export function crisisFaults(crisis: CrisisPolicy, answerWithinMs = 0): readonly string[] {
  const faults: string[] = [...stopFaults(crisis), ...boundFaults(crisis)];
  const { reduceWithinMs } = crisis;
  if (reduceWithinMs !== undefined && reduceWithinMs <= answerWithinMs)
    faults.push(
      `policy.crisis.reduceWithinMs: must be above policy.answerWithinMs (${answerWithinMs}), or ` +
        `nothing that is reduced would count in time, was ${reduceWithinMs}`,
    );
  const { alerts = [], drawdownLadder = [], callAt, targetMaintenance, hysteresis = 0 } = crisis;
  const rises = (values: readonly number[]): boolean =>
    values.every((value, i) => i === 0 || value > (values[i - 1] ?? value));
  if (!rises(alerts)) faults.push("policy.crisis.alerts: must rise");
  if (!rises(drawdownLadder.map(({ drawdown }) => drawdown)))
    faults.push("policy.crisis.drawdownLadder: drawdowns must rise");
  if (!rises(drawdownLadder.map(({ keeps }) => -keeps)))
    faults.push("policy.crisis.drawdownLadder: what is kept must fall");
  if (drawdownLadder.some(({ keeps }) => keeps >= 1_000_000))
    faults.push("policy.crisis.drawdownLadder: each rung keeps less than 1000000");
  if (callAt !== undefined && targetMaintenance !== undefined) {
    if (targetMaintenance >= callAt - hysteresis)
      faults.push("policy.crisis.targetMaintenance: must be below callAt less hysteresis");
  }
  for (const field of ["targetUtilization", "targetMaintenance"] as const) {
    if (crisis[field] === 0) faults.push(`policy.crisis.${field}: must be above 0`);
  }
  if (crisis.volatility?.target === 0)
    faults.push("policy.crisis.volatility.target: must be above 0");
  for (const field of ["trailingReduce", "cutSpare"] as const)
    if ((crisis[field] ?? 0) > 1_000_000) faults.push(`policy.crisis.${field}: at most 1000000`);
  if (crisis.calendar?.some(({ buffer }) => (buffer ?? 0) > 1_000_000) === true)
    faults.push("policy.crisis.calendar: a buffer is at most 1000000");
  const { distress } = crisis;
  if (distress !== undefined && (distress.chance > 1_000_000 || distress.shock > 1_000_000))
    faults.push("policy.crisis.distress: chance and shock are at most 1000000");
  const { fewerOrders = 0, patience, pace } = crisis;
  if (pace !== undefined && (pace.depth === 0 || pace.everyMs === 0))
    faults.push("policy.crisis.pace: depth and everyMs are above 0");
  if (fewerOrders > 50_000) faults.push("policy.crisis.fewerOrders: at most 50000");
  if (patience !== undefined && (patience.recovery > 1_000_000 || patience.shock > 1_000_000))
    faults.push("policy.crisis.patience: recovery and shock are at most 1000000");
  const { reserveRatio, reallocate } = crisis;
  if (reallocate !== undefined && (reallocate.step === 0 || reallocate.least > reallocate.keep))
    faults.push("policy.crisis.reallocate: the step is above 0, and least at most keep");
  if (reserveRatio !== undefined && (reserveRatio === 0 || reserveRatio >= 1_000_000))
    faults.push("policy.crisis.reserveRatio: must be above 0 and below 1000000");
  if ((crisis.permanentShare ?? 0) > 1_000_000)
    faults.push("policy.crisis.permanentShare: must be at most 1000000");
  const { reduceBy } = crisis.adl ?? {};
  if (reduceBy !== undefined && (reduceBy === 0 || reduceBy > 1_000_000))
    faults.push("policy.crisis.adl.reduceBy: must be above 0 and at most 1000000");
  if ((crisis.adl?.hedgeBound ?? 0) >= 1_000_000)
    faults.push("policy.crisis.adl.hedgeBound: must be below 1000000");
  return faults;
}
