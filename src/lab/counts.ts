/** How often each fault fired and reached what it was meant for: a run is only as good as these. */

export class Counts {
  readonly #counts = new Map<string, number>();

  fired(fault: string, times = 1): void {
    this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + times);
  }

  of(fault: string): number {
    return this.#counts.get(fault) ?? 0;
  }

  all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
