/** What the coordinator has under way, by key, so that a turn in a crisis searches nothing for it. */

export interface UnderwayState {
  /** Its own orders that are open. */
  readonly ours: Set<string>;
  /** Orders whose cancel was asked for. */
  readonly cancelling: Set<string>;
  /** Positions that are being closed whole. */
  readonly closing: Set<string>;
}

export const nothingUnderway = (): UnderwayState => ({
  ours: new Set(),
  cancelling: new Set(),
  closing: new Set(),
});
