/** Jobs of kind signal: it tells another agent which side of each market it is on, for pay. */
import type { AgentView } from "../../src/protocol/views.ts";
import type { Intent } from "../../src/sdk/intent.ts";
import type { Context } from "./desk.ts";
import type { Wish } from "./wish.ts";

const WORDS = { "-1": "short", "0": "flat", "1": "long" } as const;
/** Of a job's result, in characters. */
const RESULT_MAX = 200;

/** Its wishes in words that the buyer reads: "btc-perp long 60 %, eth-perp flat". */
export function signalText(wishes: Readonly<Record<string, Wish>>): string {
  const parts: string[] = [];
  let length = 0;
  for (const [market, { side, strength }] of Object.entries(wishes)) {
    const sure = side === 0 ? "" : ` ${(strength * 100).toFixed(0)} %`;
    const part = `${market} ${WORDS[`${side}`]}${sure}`;
    length += part.length + 2;
    // Cut between two markets: half a market's name would be read as another.
    if (length - 2 > RESULT_MAX) break;
    parts.push(part);
  }
  return parts.join(", ");
}

/** Takes one job at a time, once it wishes anything at all, and delivers what it wishes then. */
export function worked(
  view: AgentView,
  wishes: Readonly<Record<string, Wish>>,
  { config, stance }: Context,
): readonly Intent[] {
  const result = signalText(wishes);
  if (!config.works || result === "") return [];
  const mine = view.jobs.find(
    ({ taker, kind, phase }) => taker === view.agent && kind === "signal" && phase === "taken",
  );
  if (mine !== undefined)
    return [{ command: "DeliverJob", body: { by: mine.by, job: mine.job, result } }];
  const open = view.jobs.find(
    ({ by, kind, phase }) => phase === "posted" && kind === "signal" && by !== view.agent,
  );
  if (open === undefined || stance !== "run") return [];
  return [{ command: "TakeJob", body: { by: open.by, job: open.job } }];
}
