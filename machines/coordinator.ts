/** The life of a coordinator process: it stands by, recovers, leads, and gives way. */
import { setup } from "xstate";

export type CoordinatorEvent =
  | { type: "READY" }
  | { type: "ELECTED" }
  | { type: "RECOVERED" }
  | { type: "DEPOSED" }
  | { type: "DRAIN" }
  | { type: "DRAINED" }
  | { type: "FAIL" };

export type CoordinatorPhase =
  | "connecting"
  | "standby"
  | "recovering"
  | "leading"
  | "draining"
  | "stopped"
  | "failed";

export const coordinatorMachine = setup({
  types: { events: {} as CoordinatorEvent },
}).createMachine({
  id: "coordinator",
  initial: "connecting",
  states: {
    connecting: { on: { READY: "standby", DRAIN: "stopped", FAIL: "failed" } },
    standby: { on: { ELECTED: "recovering", DRAIN: "stopped", FAIL: "failed" } },
    // Elected, and not yet at the journal's end: nothing is decided, nothing is answered.
    recovering: {
      on: { RECOVERED: "leading", DEPOSED: "standby", DRAIN: "stopped", FAIL: "failed" },
    },
    // Another writer, or a lease in doubt: what ran ahead is thrown away and the standby begins anew.
    leading: { on: { DEPOSED: "standby", DRAIN: "draining", FAIL: "failed" } },
    draining: { on: { DRAINED: "stopped", DEPOSED: "stopped", FAIL: "failed" } },
    stopped: { type: "final" },
    failed: { type: "final" },
  },
});
