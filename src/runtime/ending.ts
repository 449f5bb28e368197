/** Why a time of leading ended. */

/** The lease is another's. */
export class Deposed extends Error {
  override readonly name = "Deposed";
  readonly code = "deposed";
}

/** Why the leading ended; the first reason counts. */
export class Ending {
  tell: (cause: unknown) => void = () => undefined;
  readonly told = new Promise<unknown>((resolve) => {
    this.tell = resolve;
  });
}
