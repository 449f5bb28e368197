/** Stores one batch, however long the broker is away. */
import { FencedError, type JournalHead, type JournalPort } from "../wire/journal.ts";
import type { Clock } from "./clock.ts";

const RETRY_MS = 200;

export interface Appending {
  readonly journal: JournalPort;
  readonly clock: Clock;
  /** Nobody waits for it any more. */
  readonly isOver: () => boolean;
}

/** Again and again while the broker is away; another writer ends it. @throws what cannot be tried again. */
export async function appendUntilStored(
  { journal, clock, isOver }: Appending,
  after: JournalHead,
  bytes: Uint8Array,
): Promise<JournalHead> {
  for (;;) {
    try {
      return await journal.append(after, bytes);
    } catch (fault) {
      const retryable = (fault as { retryable?: unknown }).retryable === true;
      if (fault instanceof FencedError || !retryable || isOver()) throw fault;
      await clock.sleep(RETRY_MS);
      if (isOver()) throw fault;
    }
  }
}
