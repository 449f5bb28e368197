/** The lifecycle of an escrow, whichever side of it we are. */
import { createMachine } from "xstate";

export const escrowMachine = createMachine({
  id: "escrow",
  initial: "requested",
  states: {
    requested: { on: { FUND: "funded", FAIL: "failed" } },
    funded: {
      on: { DELIVER: "delivered", RELEASE: "released", REFUND: "refunded", DISPUTE: "disputed" },
    },
    delivered: { on: { RELEASE: "released", REFUND: "refunded", DISPUTE: "disputed" } },
    // The referee ends a dispute one way or the other.
    disputed: { on: { RELEASE: "released", REFUND: "refunded" } },
    released: { type: "final" },
    refunded: { type: "final" },
    failed: { type: "final" },
  },
});
