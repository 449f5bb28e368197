/** The roster: the one place that names the specialists. */
import { casino } from "../../agents/casino/actor.ts";
import { escrow } from "../../agents/escrow/actor.ts";
import { lending } from "../../agents/lending/actor.ts";
import { trading } from "../../agents/trading/actor.ts";
import { type RunningSpecialist, type RunOptions, runSpecialist } from "../sdk/run.ts";

/** Starts one specialist; its config is checked against its own schema. */
export type Starter = (options: RunOptions) => RunningSpecialist;

export const ROSTER: ReadonlyMap<string, Starter> = new Map<string, Starter>([
  ["trading", (options) => runSpecialist(trading, options)],
  ["casino", (options) => runSpecialist(casino, options)],
  ["escrow", (options) => runSpecialist(escrow, options)],
  ["lending", (options) => runSpecialist(lending, options)],
]);
