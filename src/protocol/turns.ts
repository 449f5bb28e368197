/** How commands reach the law and how the journal keeps what became of them. */
import type { AgentId, Id } from "../core/ids.ts";
import type { Millis } from "../core/time.ts";
import type { AgentBody, AgentCommandName, OperatorBody, OperatorCommandName } from "./commands.ts";
import type { EffectAnswer, EffectName } from "./effects.ts";
import type { FleetEvent } from "./events.ts";
import type { Policy } from "./policy.ts";
import type { Rejection } from "./rejections.ts";
import type { Mark, VenueReport } from "./reports.ts";
import type { RegimeFacts, RiskEstimate } from "./risk-facts.ts";
import type { ContainCause } from "./words.ts";

/** Stamped at admission. The law has no other clock and no other idea of who asks. */
export interface Stamp {
  readonly id: Id;
  /** The caller: an agent, `operator`, or `fleet` for the coordinator's own. */
  readonly from: AgentId;
  readonly at: Millis;
  readonly exp: Millis;
  /** Fingerprint of the bytes, so that an id cannot stand for two commands. */
  readonly print: number;
  /** Of an order; absent where nothing could be measured. No caller can give it. */
  readonly estimate?: RiskEstimate;
}

export type AgentCommand = {
  [N in Exclude<AgentCommandName, "View">]: {
    readonly type: N;
    readonly stamp: Stamp;
    readonly body: AgentBody<N>;
  };
}[Exclude<AgentCommandName, "View">];

export type OperatorCommand = {
  [N in Exclude<OperatorCommandName, "Status">]: {
    readonly type: N;
    readonly stamp: Stamp;
    readonly body: OperatorBody<N>;
  };
}[Exclude<OperatorCommandName, "Status">];

/** What the door saw of an agent: `count` times within `windowMs`. */
export interface ContainBody {
  readonly agent: AgentId;
  readonly cause: ContainCause;
  readonly count: number;
  readonly windowMs: number;
}

/** What the coordinator tells itself: the clock, the venue, its own election. */
export type InnerCommand =
  | {
      readonly type: "Configure";
      readonly stamp: Stamp;
      readonly body: { readonly policy: Policy; readonly policyHash: string };
    }
  | {
      readonly type: "Lead";
      readonly stamp: Stamp;
      readonly body: { readonly epoch: number; readonly holder: string };
    }
  | { readonly type: "Tick"; readonly stamp: Stamp; readonly body: Record<never, never> }
  | {
      readonly type: "SetMarks";
      readonly stamp: Stamp;
      readonly body: { readonly marks: readonly Mark[] };
    }
  | {
      readonly type: "TakeReports";
      readonly stamp: Stamp;
      readonly body: { readonly reports: readonly VenueReport[] };
    }
  | {
      readonly type: "TakeAnswer";
      readonly stamp: Stamp;
      readonly body: { readonly name: EffectName; readonly answer: EffectAnswer };
    }
  | { readonly type: "SetRegime"; readonly stamp: Stamp; readonly body: RegimeFacts }
  | { readonly type: "Contain"; readonly stamp: Stamp; readonly body: ContainBody }
  | {
      readonly type: "CompareBooks";
      readonly stamp: Stamp;
      readonly body: {
        readonly through: number;
        readonly differences: readonly {
          readonly what: string;
          readonly ours: string;
          readonly theirs: string;
        }[];
      };
    };

export type Command = AgentCommand | OperatorCommand | InnerCommand;
export type CommandOf<T extends Command["type"]> = Extract<Command, { readonly type: T }>;

/** One decided command: events, or a refusal, never both. */
export interface Turn {
  readonly type: Command["type"];
  readonly id: Id;
  readonly from: AgentId;
  readonly at: Millis;
  readonly exp: Millis;
  readonly print: number;
  readonly events: readonly FleetEvent[];
  readonly rejection?: Rejection;
  /** So many of the earliest deadlines were let go with it: nothing would have followed at their time. Absent: none. */
  readonly spent?: number;
  /** What was asked, as it came over the wire; kept for refusals, events tell the rest. */
  readonly asked?: unknown;
  /** What was measured for it beforehand; kept for refusals, events tell the rest. */
  readonly estimate?: RiskEstimate;
}

/** One journal message. */
export interface Batch {
  /** 2: turns may say what is `spent`. A program that knows 1 alone would keep those deadlines: it reads no further. */
  readonly v: 1 | 2;
  readonly fleet: string;
  readonly epoch: number;
  /** Hash of the message before. */
  readonly prev: string;
  readonly turns: readonly Turn[];
}

/** Where an answer was decided, and which it was. Given again to the same id. */
export type Answer =
  | { readonly ok: true; readonly seq: number; readonly turn: number }
  | {
      readonly ok: false;
      readonly seq: number;
      readonly turn: number;
      readonly rejection: Rejection;
    };

/** A reply on the wire. */
export type Reply =
  | {
      readonly ok: true;
      readonly id: string;
      readonly seq: number;
      readonly turn: number;
      readonly view?: unknown;
    }
  | {
      readonly ok: false;
      readonly id: string;
      /** 0 for what was refused at the door and is not in the journal. */
      readonly seq: number;
      readonly turn: number;
      readonly code: string;
      readonly number: number;
      readonly message: string;
      readonly detail?: string;
    };
