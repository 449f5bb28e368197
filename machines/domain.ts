/** The lifecycle of a domain that the fleet buys, keeps for a year at a time, and sells or lets go. */
import { createMachine } from "xstate";

export const domainMachine = createMachine({
  id: "domain",
  initial: "requested",
  states: {
    requested: { on: { REGISTER: "owned", FAIL: "failed" } },
    owned: { on: { PARK: "parked", LIST: "listed", RENEW: "owned", LAPSE: "grace" } },
    // Its page earns a little each hour.
    parked: { on: { LIST: "listed", RENEW: "parked", LAPSE: "grace" } },
    listed: {
      on: { PARK: "parked", LIST: "listed", RENEW: "listed", SELL: "sold", LAPSE: "grace" },
    },
    // Its year is over: it comes back for a renewal, or is lost.
    grace: { on: { RENEW: "owned", LOSE: "lost" } },
    sold: { type: "final" },
    lost: { type: "final" },
    failed: { type: "final" },
  },
});
