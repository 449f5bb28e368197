/** The lifecycle of a job between two agents of the fleet: posted, taken, delivered, and paid or not. */
import { createMachine } from "xstate";

export const jobMachine = createMachine({
  id: "job",
  initial: "posted",
  states: {
    posted: { on: { TAKE: "taken", CANCEL: "cancelled", EXPIRE: "lapsed" } },
    taken: { on: { DELIVER: "delivered", EXPIRE: "lapsed" } },
    // Who says nothing in time has accepted.
    delivered: { on: { ACCEPT: "paid", REJECT: "rejected", EXPIRE: "paid" } },
    paid: { type: "final" },
    rejected: { type: "final" },
    lapsed: { type: "final" },
    cancelled: { type: "final" },
  },
});
