/** Which marks wake a specialist before its time: those that have moved far enough since it last decided. */
import type { AgentView } from "../protocol/views.ts";
import type { MarkMessage } from "./link.ts";

export interface MarkWake {
  readonly market: string;
  /** Least move, up or down, of the mark that the last decision knew, in parts per million: 1 or more. */
  readonly ppm: number;
}

/** Why they are none, or "". */
export function markWakesFault(given: unknown): string {
  const fine =
    Array.isArray(given) &&
    given.every(
      (one: Partial<MarkWake> | null | undefined) =>
        typeof one?.market === "string" && Number.isSafeInteger(one.ppm) && Number(one.ppm) >= 1,
    );
  return fine
    ? ""
    : "wakeOnMark gives a list of { market, ppm }, ppm a whole number from 1: " +
        "does each field of the config that it reads exist?";
}

export class MarkWatch {
  readonly #ppm: ReadonlyMap<string, number>;
  /** What the last decision knew. A market whose mark it did not know wakes nobody. */
  readonly #known = new Map<string, bigint>();

  constructor(wakes: readonly MarkWake[]) {
    this.#ppm = new Map(wakes.map(({ market, ppm }) => [market, ppm]));
  }

  /** A decision is made on this view and these marks: of a market's two, on the newer one. */
  decided(view: AgentView, marks: ReadonlyMap<string, MarkMessage>): void {
    for (const { market, mark, markAt } of view.markets) {
      if (!this.#ppm.has(market)) continue;
      const heard = marks.get(market);
      const price = heard !== undefined && heard.at >= markAt ? heard.price : mark;
      if (price !== "") this.#known.set(market, exactly(price));
    }
  }

  hasMoved({ market, price }: MarkMessage): boolean {
    const [known, ppm] = [this.#known.get(market), this.#ppm.get(market)];
    if (known === undefined || ppm === undefined) return false;
    const move = exactly(price) - known;
    return (move < 0n ? -move : move) * 1_000_000n >= BigInt(ppm) * known;
  }
}

/** A mark has at most 18 decimals: as a whole number of the last of them. */
function exactly(price: string): bigint {
  const [whole = "0", decimals = ""] = price.split(".");
  return BigInt(whole + decimals.padEnd(18, "0"));
}
