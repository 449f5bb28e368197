/** What it buys of other agents, and what that changes: a signal its wishes, a rate what carry must earn. Pure. */
import type { AgentView } from "../../src/protocol/views.ts";
import type { JobKind } from "../../src/protocol/words.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import {
  type Bought,
  buying,
  heardOf,
  lookedAt,
  noneBought,
  takenBack,
} from "../../src/sdk/job-buying.ts";
import type { TradingConfig } from "./config.ts";
import type { Context } from "./desk.ts";
import { sideOf, type Wish } from "./wish.ts";

type Wishes = Readonly<Record<string, Wish>>;

/** Pairs and holdings are in legs that belong together: what another wishes for one of them is no help. */
const WANTED: Partial<Record<TradingConfig["strategy"], Parameters<typeof buying>[2]>> = {
  trend: { kind: "signal", brief: "which side of each market you are on" },
  reversion: { kind: "signal", brief: "which side of each market you are on" },
  carry: { kind: "data", brief: "what borrowers pay you now" },
};

/** What it buys now; a job that another strategy of its posted before this one is ended in good order. */
export function boughtAt(
  view: AgentView,
  before: Bought = noneBought,
  context: Context,
): ReturnType<typeof buying> {
  const wanted = WANTED[context.config.strategy];
  const ended = endedBeside(view, wanted?.kind);
  if (wanted === undefined) return { intents: ended, bought: before, held: 0n };
  const { intents, ...known } = buying(view, before, wanted, context.config.buys, context);
  return { intents: [...ended, ...intents], ...known };
}

/** In words, of another kind than it buys now: what nobody took is taken back, what came is read, then paid. */
function endedBeside(view: AgentView, kind: JobKind | undefined): readonly Intent[] {
  const done = view.jobs.filter(
    (job) => job.by === view.agent && job.kind !== kind && job.phase === "delivered",
  );
  return [
    ...takenBack(view, kind === undefined ? ["hedge"] : [kind, "hedge"]),
    ...done.flatMap((job) => (job.hedge === undefined ? lookedAt(job, view).intent : [])),
  ];
}

/**
 * Its wishes, each drawn by `weight` to the side and strength that was bought. It opens nothing on hearsay: a
 * market that it wishes to be out of stays so, and where the other's side outweighs its own it wishes to be out,
 * not on the other side.
 */
export function drawn(
  own: Wishes,
  bought: Bought,
  { strategy, buys }: TradingConfig,
  now: number,
): Wishes {
  const heard = heardOf(bought, buys, now);
  if (heard === undefined || WANTED[strategy]?.kind !== "signal") return own;
  const changed = Object.entries(own).map(([market, wish]): readonly [string, Wish] => {
    const told = heard.says[market];
    if (told === undefined || wish.side === 0) return [market, wish];
    const mine = wish.side * wish.strength;
    const both = mine + buys.weight * (told / 100 - mine);
    const note = `${wish.note}; ${heard.by} says ${told.toFixed(0)} %`;
    return sideOf(both) === wish.side
      ? [market, { ...wish, strength: Math.min(1, Math.abs(both)), note }]
      : [market, { ...wish, side: 0, note }];
  });
  return Object.fromEntries(changed);
}

/** What borrowers of USDC pay in a year, as a share, while it is fresh; 0 where nothing is known. */
export function hurdleOf(bought: Bought, { strategy, buys }: TradingConfig, now: number): number {
  if (WANTED[strategy]?.kind !== "data") return 0;
  return (heardOf(bought, buys, now)?.says["USDC"] ?? 0) / 100;
}
