/** A risk desk beside a story of the law, on a made-up history of two coins. */

import { percent } from "../../src/core/ppm.ts";
import type { Law } from "../../src/fleet/state.ts";
import type { RegimeFacts } from "../../src/protocol/risk-facts.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { RiskDesk } from "../../src/runtime/risk-desk.ts";
import type { DailyHistory } from "../../src/venue/paper/history.ts";
import type { Story } from "../fleet/spec.ts";

/** A small generator: the same days on every machine. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
export const bell = (uniform: () => number): number =>
  Array.from({ length: 12 }, uniform).reduce((sum, u) => sum + u, -6);

/** Days of BTC and ETH that move together by about 0.8, with deviations of 3 % and 4 %. */
export function history(days = 600, assets: readonly string[] = ["BTC", "ETH"]): DailyHistory {
  const uniform = dice(7);
  const closes = [assets.map(() => 100)];
  for (let day = 0; day < days; day += 1) {
    const common = bell(uniform);
    const before = closes.at(-1) ?? [];
    closes.push(
      before.map((close, i) => {
        const move = 0.9 * common + 0.43 * bell(uniform);
        return close * Math.max(0.3, 1 + (0.03 + 0.01 * i) * move);
      }),
    );
  }
  const dates = closes.map((_, i) => new Date(i * 86_400_000).toISOString().slice(0, 10));
  return { assets, dates, closes };
}

export const SETTINGS = { level: percent(99), window: 500, driftHorizon: 30 } as const;

export const deskOf = (law: Law, days: DailyHistory = history()): RiskDesk => {
  const desk = new RiskDesk(days, SETTINGS);
  desk.follow(law);
  return desk;
};

/** Tells the desk what the story has journaled since it was last told. */
export class Told {
  readonly desk: RiskDesk;
  readonly #journal: Story["journal"];
  readonly #law: Law;
  #next: number;

  constructor(story: Pick<Story, "journal" | "state">, days: DailyHistory = history()) {
    this.desk = deskOf(story.state, days);
    this.#journal = story.journal;
    this.#law = story.state;
    this.#next = story.journal.length;
  }

  /** What the desk wants the law to be told, if anything. */
  hear(): RegimeFacts | undefined {
    let facts: RegimeFacts | undefined;
    const turns: readonly Turn[] = this.#journal.slice(this.#next).map(({ turn }) => turn);
    for (const turn of turns) facts = this.desk.taken(turn, this.#law) ?? facts;
    this.#next = this.#journal.length;
    return facts;
  }
}
