/** Token buckets at the door: who floods is refused unread, and nobody else waits for it. */
import { must } from "../core/assert.ts";

interface Bucket {
  tokens: number;
  at: number;
}

export interface RateRule {
  readonly perSecond: number;
  /** How many unused ones may be saved up. */
  readonly burst: number;
}

export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  #rule: RateRule;

  constructor(rule: RateRule) {
    this.#rule = rule;
  }

  set rule(rule: RateRule) {
    this.#rule = rule;
  }

  /** Takes so many tokens. False, and none taken, when there are fewer. `now` in ms of a monotonic clock. */
  take(who: string, now: number, cost = 1): boolean {
    if (!this.#buckets.has(who)) this.#buckets.set(who, { tokens: this.#rule.burst, at: now });
    const bucket = must(this.#buckets.get(who), "a bucket was made");
    const earned = (Math.max(0, now - bucket.at) * this.#rule.perSecond) / 1_000;
    bucket.tokens = Math.min(this.#rule.burst, bucket.tokens + earned);
    bucket.at = Math.max(bucket.at, now);
    if (bucket.tokens < cost) return false;
    bucket.tokens -= cost;
    return true;
  }

  /** A break until then is no time to save up: when it is over there are at most so many tokens. */
  pause(who: string, now: number, until: number, tokens: number): void {
    const since = until - (tokens * 1_000) / this.#rule.perSecond;
    this.#buckets.set(who, { tokens: 0, at: Math.max(now, since) });
  }
}
