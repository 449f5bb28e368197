/** The lifecycle of a delegation: a lease on margin that dies by itself. */
import { createMachine } from "xstate";

export const delegationMachine = createMachine({
  id: "delegation",
  initial: "active",
  states: {
    active: {
      on: { RENEW: "active", EXPIRE: "expired", RECALL: "recalling", REVOKE: "recalling" },
    },
    // Out of time: only reducing is open, until it is renewed or asked back.
    expired: { on: { RENEW: "active", RECALL: "recalling", REVOKE: "recalling" } },
    // To be given back: what is open is closed at the deadline.
    recalling: { on: { REVOKE: "recalling", END: "ended" } },
    ended: { type: "final" },
  },
});
