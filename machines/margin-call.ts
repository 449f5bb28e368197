/** The lifecycle of a margin call: cured in time, or liquidated. */
import { createMachine } from "xstate";

export const marginCallMachine = createMachine({
  id: "margin-call",
  initial: "none",
  states: {
    none: { on: { CALL: "called" } },
    called: { on: { CURE: "cured", EXPIRE: "expired" } },
    // The grace ended uncured; the plan is made in the same turn.
    expired: { on: { LIQUIDATE: "liquidating" } },
    liquidating: { on: { RESOLVE: "resolved" } },
    cured: { on: { CALL: "called" } },
    resolved: { on: { CALL: "called" } },
  },
});
