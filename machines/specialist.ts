/** The lifecycle of a specialist: a live actor that acts only while the fleet's truth lets it. */
import { assign, cancel, raise, setup } from "xstate";

/** What a specialist can be told. `leaseMs` is how long its lease still runs; then it falls silent. */
export type SpecialistEvent =
  | { readonly type: "LINKED" }
  | { readonly type: "LOST"; readonly why: string }
  | { readonly type: "RUN"; readonly leaseMs: number }
  | { readonly type: "REDUCE"; readonly leaseMs: number; readonly why: string }
  | { readonly type: "HALT"; readonly leaseMs: number; readonly why: string }
  | { readonly type: "ACT" }
  | { readonly type: "REST"; readonly why: string }
  | { readonly type: "SILENT" }
  | { readonly type: "FAIL"; readonly why: string }
  | { readonly type: "STOP" };

export type SpecialistPhase =
  | "connecting"
  | "syncing"
  | "running"
  | "resting"
  | "reducing"
  | "halted"
  | "failed"
  | "stopped";

/** Which fields each event carries beside its type. */
const FIELDS = {
  LINKED: [],
  LOST: ["why"],
  RUN: ["leaseMs"],
  REDUCE: ["leaseMs", "why"],
  HALT: ["leaseMs", "why"],
  ACT: [],
  REST: ["why"],
  SILENT: [],
  FAIL: ["why"],
  STOP: [],
} as const satisfies Record<SpecialistEvent["type"], readonly ("why" | "leaseMs")[]>;

const isType = (text: unknown): text is SpecialistEvent["type"] =>
  typeof text === "string" && Object.hasOwn(FIELDS, text);

/**
 * Takes an event for what it is, or not at all: one event without a text `type` kills an XState actor
 * for good, and a wrong field would poison its context.
 *
 * None: undefined for whatever is not one of `SpecialistEvent`.
 */
export function asSpecialistEvent(value: unknown): SpecialistEvent | undefined {
  if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
  const { type } = value;
  if (!isType(type)) return undefined;
  const event: Record<string, unknown> = { type };
  for (const field of FIELDS[type]) {
    const given: unknown = Reflect.get(value, field);
    if (field === "why" ? typeof given !== "string" : !isDuration(given)) return undefined;
    event[field] = given;
  }
  // Made anew, so that a stray field cannot pass for one that another event carries.
  return event as unknown as SpecialistEvent;
}

// Longer waits overflow the timers of JavaScript, which then fire at once.
const LONGEST_MS = 2_147_483_647;
const isDuration = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= LONGEST_MS;

interface SpecialistContext {
  /** Why it is where it is, for people; "" where nothing need be said. */
  readonly why: string;
  /** How long the lease ran on when the fleet was last heard, in ms. */
  readonly leaseMs: number;
}

const specialist = setup({
  types: {
    context: {} as SpecialistContext,
    events: {} as SpecialistEvent,
  },
  actions: {
    /** Keeps what the event says, and what was said before where it is silent. */
    heard: assign(({ context, event }) => ({
      why: "why" in event ? event.why : "",
      leaseMs: "leaseMs" in event ? event.leaseMs : context.leaseMs,
    })),
    /** Keeps the lease and why it rests. */
    leased: assign(({ context, event }) => ({
      leaseMs: "leaseMs" in event ? event.leaseMs : context.leaseMs,
    })),
    /** When nothing is heard until the lease ends, the fleet is taken for silent. */
    arm: raise({ type: "SILENT" }, { id: "silence", delay: ({ context }) => context.leaseMs || 1 }),
    disarm: cancel("silence"),
    silent: assign({ why: "the coordinator is silent beyond the lease" }),
  },
});

const heard = ["disarm", "heard", "arm"] as const;
const ended = ["disarm", "heard"] as const;

/** What every phase that has seen the fleet's truth answers to. */
const synced = {
  RUN: { target: "running", actions: heard },
  REDUCE: { target: "reducing", actions: heard },
  HALT: { target: "halted", actions: heard },
  LOST: { target: "connecting", actions: ended },
  FAIL: { target: "failed", actions: ended },
  STOP: { target: "stopped", actions: ended },
} as const;

/**
 * connecting: no link yet. syncing: linked, the fleet's truth not seen. running: acts. resting: may
 * act and sees nothing worth it. reducing: only lowers risk, for zone, mode or lease say so, or nobody
 * answers. halted: does nothing. failed, stopped: over, by a fault of its own or by request.
 *
 * It is live, so it has a timer, on the clock that its actor was created with.
 */
export const specialistMachine = specialist.createMachine({
  id: "specialist",
  initial: "connecting",
  context: { why: "", leaseMs: 0 },
  states: {
    connecting: {
      on: {
        LINKED: { target: "syncing", actions: "heard" },
        FAIL: synced.FAIL,
        STOP: synced.STOP,
      },
    },
    syncing: { on: synced },
    running: {
      on: {
        ...synced,
        ACT: { target: "running", actions: "heard" },
        REST: { target: "resting", actions: "heard" },
        SILENT: { target: "reducing", actions: "silent" },
      },
    },
    resting: {
      on: {
        ...synced,
        // Allowed to run is no reason to: it rests until it acts.
        RUN: { target: "resting", actions: ["disarm", "leased", "arm"] },
        ACT: { target: "running", actions: "heard" },
        REST: { target: "resting", actions: "heard" },
        SILENT: { target: "reducing", actions: "silent" },
      },
    },
    reducing: {
      on: { ...synced, SILENT: { target: "reducing", actions: "silent" } },
    },
    // Halted it does nothing either way, so silence changes nothing.
    halted: { on: synced },
    failed: { type: "final" },
    stopped: { type: "final" },
  },
});
