/** Jobs of kind signal: it tells another agent which side of each market it is on, for pay. */
import type { AgentView } from "../../src/protocol/views.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import { resultOf } from "../../src/sdk/job-result.ts";
import type { Context } from "./desk.ts";
import type { Wish } from "./wish.ts";

const WORDS = { "-1": "short", "0": "flat", "1": "long" } as const;

/** Its wishes in words that the buyer reads: "btc-perp long 60 %, eth-perp flat". */
export function signalText(wishes: Readonly<Record<string, Wish>>): string {
  const parts = Object.entries(wishes).map(([market, { side, strength }]) => {
    const sure = side === 0 ? "" : ` ${Math.max(1, Math.round(strength * 100))} %`;
    return `${market} ${WORDS[`${side}`]}${sure}`;
  });
  return resultOf(parts);
}

/**
 * Takes one job at a time, once it wishes anything at all, and delivers what it wishes then: also what it took before
 * `works` was off.
 */
export function worked(
  view: AgentView,
  wishes: Readonly<Record<string, Wish>>,
  { config, stance }: Context,
): readonly Intent[] {
  const result = signalText(wishes);
  if (result === "") return [];
  const mine = view.jobs.find(
    ({ taker, kind, phase }) => taker === view.agent && kind === "signal" && phase === "taken",
  );
  if (mine !== undefined)
    return [{ command: "DeliverJob", body: { by: mine.by, job: mine.job, result } }];
  const open = view.jobs.find(
    ({ by, kind, phase }) => phase === "posted" && kind === "signal" && by !== view.agent,
  );
  if (open === undefined || !config.works || stance !== "run") return [];
  return [{ command: "TakeJob", body: { by: open.by, job: open.job } }];
}
