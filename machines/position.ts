/** The lifecycle of a position: never long without its native stop. */
import { createMachine } from "xstate";

export const positionMachine = createMachine({
  id: "position",
  initial: "flat",
  states: {
    flat: { on: { OPEN: "unprotected" } },
    // Filled, and the venue has not yet confirmed the stop for all of it.
    unprotected: {
      on: { GROW: "unprotected", PROTECT: "protected", CLOSE: "closing", FLAT: "flat" },
    },
    protected: {
      on: { GROW: "unprotected", EXPOSE: "unprotected", CLOSE: "closing", FLAT: "flat" },
    },
    // The coordinator closes it; fills that grow it are closed as well.
    closing: { on: { GROW: "closing", FLAT: "flat" } },
  },
});
