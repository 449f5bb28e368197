/** The lifecycle of a loan that the fleet gives. */
import { createMachine } from "xstate";

export const loanMachine = createMachine({
  id: "loan",
  initial: "requested",
  states: {
    requested: { on: { OPEN: "open", FAIL: "failed" } },
    open: { on: { RECALL: "recalling", RETURN: "returned" } },
    // A recall that the venue refused may be asked for again.
    recalling: { on: { REFUSE: "open", RETURN: "returned" } },
    returned: { type: "final" },
    failed: { type: "final" },
  },
});
