/** What the tests of specialists share: a clock that is turned by hand, and a log that is kept. */
import { SimulatedClock } from "xstate";
import type { Log } from "../../src/sdk/log.ts";

/** Lets everything that waits on promises alone go on. */
export async function flush(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

export async function advance(clock: SimulatedClock, ms: number, step = 50): Promise<void> {
  for (let at = 0; at < ms; at += step) {
    clock.increment(Math.min(step, ms - at));
    await flush();
  }
}

export interface KeptLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function keptLog(): { readonly log: Log; readonly lines: KeptLine[] } {
  const lines: KeptLine[] = [];
  const write = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, message, fields });
  };
  return {
    lines,
    log: {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
    },
  };
}

export { SimulatedClock };
