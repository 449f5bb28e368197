/** Latencies of the last answers, and their percentiles when somebody asks. */

const KEPT = 10_000;

export class Latencies {
  readonly #last = new Float64Array(KEPT);
  #count = 0;

  add(ms: number): void {
    this.#last[this.#count % KEPT] = ms;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** The smallest value that at least this share of the kept ones do not exceed; 0 when there are none. */
  percentile(share: number): number {
    const kept = this.#last.slice(0, Math.min(this.#count, KEPT)).sort();
    const at = Math.max(0, Math.ceil(kept.length * share) - 1);
    return Math.round((kept[at] ?? 0) * 1_000) / 1_000;
  }
}
