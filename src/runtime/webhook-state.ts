/** How far a webhook has come, and how it has fared: a small file of its own that outlives every restart. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../wire/atomic-file.ts";

export interface WebhookState {
  /** Journal message, and the last event of it that was delivered or given up; "" when all of it was. */
  readonly seq: number;
  readonly id: string;
  readonly delivered: number;
  readonly retried: number;
  readonly givenUp: number;
  /** The last failure, in words, and when; "" and 0 before the first. */
  readonly failure: string;
  readonly failedAt: number;
  readonly deliveredAt: number;
}

export const freshState = (seq: number): WebhookState => ({
  ...{ seq, id: "", delivered: 0, retried: 0, givenUp: 0 },
  ...{ failure: "", failedAt: 0, deliveredAt: 0 },
});

export interface WebhookStore {
  /** None: undefined before the first time. @throws when it is there and cannot be read. */
  load(): Promise<WebhookState | undefined>;
  save(state: WebhookState): Promise<void>;
}

export const webhookFile = (dir: string, name: string): string =>
  join(dir, "webhooks", `${name}.json`);

export function webhookStore(path: string): WebhookStore {
  return {
    load: async () => {
      const text = await readFile(path, "utf8").catch((fault: unknown) => {
        if ((fault as { code?: unknown }).code === "ENOENT") return undefined;
        throw fault;
      });
      if (text === undefined) return undefined;
      const state = JSON.parse(text) as Partial<WebhookState>;
      return { ...freshState(0), ...state };
    },
    save: (state) => writeAtomic(path, [new TextEncoder().encode(`${JSON.stringify(state)}\n`)]),
  };
}
