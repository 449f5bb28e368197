/** One signal for the first of two, held by those that wait for it and by nobody else. */

export interface Either {
  /** Aborts with the first of both, by its reason. */
  readonly signal: AbortSignal;
  /** Lets go of both: whoever waits for a while leaves nothing behind on one that lives long. */
  release(): void;
}

/**
 * The first of two signals. `AbortSignal.any` would do, but Node 20 keeps what it makes, and all that
 * its listeners hold, for as long as somebody listens, although both of its sources are long gone.
 */
export function either(one: AbortSignal, other: AbortSignal): Either {
  const made = new AbortController();
  const end = ({ target }: { readonly target: unknown }): void => {
    release();
    made.abort((target as AbortSignal).reason);
  };
  const release = (): void => {
    one.removeEventListener("abort", end);
    other.removeEventListener("abort", end);
  };
  if (one.aborted) made.abort(one.reason);
  else if (other.aborted) made.abort(other.reason);
  else {
    one.addEventListener("abort", end);
    other.addEventListener("abort", end);
  }
  return { signal: made.signal, release };
}

/** What `from` yields until one of two signals aborts; lets go of both when it ends, however it ends. */
export const untilEither = <T>(
  one: AbortSignal,
  other: AbortSignal,
  from: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncIterable<T> => ({
  [Symbol.asyncIterator]() {
    const { signal, release } = either(one, other);
    const inner = from(signal)[Symbol.asyncIterator]();
    const told = (result: IteratorResult<T>): IteratorResult<T> => {
      if (result.done === true) release();
      return result;
    };
    const failed = (fault: unknown): never => {
      release();
      throw fault;
    };
    return {
      next: () => inner.next().then(told, failed),
      return(value) {
        release();
        return inner.return?.(value) as ReturnType<NonNullable<AsyncIterator<T>["return"]>>;
      },
    };
  },
});
