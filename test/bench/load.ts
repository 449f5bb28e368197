/** Keeps a window of requests under way and measures how many are answered, and how fast. */
import { performance } from "node:perf_hooks";
import { percentile } from "./rows.ts";

export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
}

/**
 * @param lane one request after another for lane `i`; resolves when it is answered.
 * @param warmMs answered but not counted; `runMs` is counted.
 */
export async function load(
  window: number,
  lane: (i: number) => Promise<void>,
  warmMs: number,
  runMs: number,
): Promise<Measured> {
  const begun = performance.now();
  const counted = begun + warmMs;
  const end = counted + runMs;
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: window }, async (_, i) => {
      for (;;) {
        const sent = performance.now();
        if (sent >= end) return;
        await lane(i);
        const now = performance.now();
        if (now >= counted && now < end) times.push(now - sent);
      }
    }),
  );
  const perSecond = (times.length * 1_000) / runMs;
  return {
    perSecond,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    answers: times.length,
  };
}
