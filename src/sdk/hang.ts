/** Ends this process when its event loop stands still: nothing in that loop can, not even the handler of a Ctrl-C. */
import { Worker } from "node:worker_threads";

/** A loop that has stood still for this long is told of, with what ends it at once. */
const TOLD_AFTER_MS = 5_000;

/**
 * Counts its own looks and not the time: a machine that slept has slept in both threads. Plain
 * JavaScript, run as text, so that it is the same from source and built. It writes to the
 * descriptor: its streams go by way of the loop that hangs.
 */
const WATCH = `
const { writeSync } = require("node:fs");
const { workerData: { beats, everyMs, afterMs, toldMs, name } } = require("node:worker_threads");
const say = (text) => {
  try { writeSync(2, name + " " + text + "\\n"); } catch {}
};
let seen = 0;
let still = 0;
setInterval(() => {
  const now = Atomics.load(beats, 0);
  still = now === seen ? still + everyMs : 0;
  seen = now;
  if (still >= afterMs) {
    say("hung for " + afterMs / 1000 + " s: its process is ended");
    process.kill(process.pid, "SIGKILL");
  } else if (still >= toldMs && still - everyMs < toldMs) {
    say("has not come back for " + toldMs / 1000 + " s and hears no Ctrl-C: it is ended after "
      + afterMs / 1000 + " s, or now by: kill -9 " + process.pid);
  }
}, everyMs);
`;

export interface HangOptions {
  /** Who is told of, on standard error. */
  readonly name: string;
  /** Ended after standing still for this long, in ms. 0: never, for who halts it in a debugger. */
  readonly afterMs: number;
}

/**
 * Watches the calling thread from another one, until it ends. Kept out of it: whoever watches keeps no process alive.
 *
 * @throws RangeError where `afterMs` is no number from 0.
 */
export function endWhenHung({ name, afterMs }: HangOptions): void {
  if (!(Number.isFinite(afterMs) && afterMs >= 0)) {
    throw new RangeError(`the time after which ${name} is ended is a number from 0, in ms`);
  }
  if (afterMs === 0) return;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const everyMs = Math.min(1_000, Math.max(50, Math.floor(afterMs / 5)));
  setInterval(() => Atomics.add(beats, 0, 1), Math.floor(everyMs / 2)).unref();
  const workerData = { beats, everyMs, afterMs, name, toldMs: TOLD_AFTER_MS };
  new Worker(WATCH, { eval: true, workerData }).unref();
}
