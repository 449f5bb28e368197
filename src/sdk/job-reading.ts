/** Reads what other agents delivered: what cannot be read, or cannot be so, is not what was paid for. */
import type { JobView } from "../protocol/job-views.ts";
import type { AgentView } from "../protocol/views.ts";

/** By asset, what borrowers pay in a year, in per cent; or by market, how long (short: below zero), in per cent. */
export type Reading = Readonly<Record<string, number>>;

/** What a result says, or what is wrong with it. */
export type Heard =
  | { readonly ok: true; readonly says: Reading }
  | { readonly ok: false; readonly fault: string };

/** Nobody pays more than this for a year, in per cent. */
const RATE_MAX = 1_000;

const RATE = /^([A-Z0-9]{1,16}) (\d{1,6}(?:\.\d{1,6})?) %$/;
const SIDE = /^([a-z0-9-]{1,32}) (?:flat|(long|short) (\d{1,3}) %)$/;

type Read = readonly [name: string, value: number];

/** "USDC 9.40 %". None: undefined where it is no rate, or one that cannot be. */
function rate(part: string): Read | undefined {
  const [, asset, text] = RATE.exec(part) ?? [];
  const percent = Number(text);
  return asset === undefined || percent > RATE_MAX ? undefined : [asset, percent];
}

/** "btc-perp long 60 %", "eth-perp flat". None: undefined where it is no side, or one that cannot be. */
function side(part: string): Read | undefined {
  const [, market, word, text = "0"] = SIDE.exec(part) ?? [];
  if (market === undefined) return undefined;
  const percent = Number(text);
  if (word === undefined) return [market, 0];
  const within = percent >= 1 && percent <= 100;
  return within ? [market, word === "long" ? percent : -percent] : undefined;
}

const no = (fault: string): Heard => ({ ok: false, fault });

/**
 * What a result of kind data or signal says: "USDC 9.40 %, BTC 2.00 %", "btc-perp long 60 %, eth-perp flat".
 *
 * Every part must be of its kind and possible; each asset or market is named once, and is one that the fleet
 * keeps or trades. Whether it is true nobody can tell from it.
 */
export function readingOf(
  { kind, result }: Pick<JobView, "kind" | "result">,
  view: AgentView,
): Heard {
  if (kind === "hedge") return no("a hedge is judged by the books");
  const says: Record<string, number> = {};
  const known = new Set(
    kind === "data"
      ? view.holdings.map(({ asset }) => asset)
      : view.markets.map(({ market }) => market),
  );
  for (const part of result.split(",").map((text) => text.trim())) {
    const read = kind === "data" ? rate(part) : side(part);
    if (read === undefined) return no(`it does not say what a job of kind ${kind} is for`);
    const [name, value] = read;
    if (!known.has(name)) return no(`the fleet has no ${name}`);
    if (name in says) return no(`it names ${name} twice`);
    says[name] = value;
  }
  return { ok: true, says };
}
