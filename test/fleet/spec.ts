/** given(steps).when(command).brings(events | refusal): rules of the law as stories that can be read aloud. */
import { expect } from "vitest";
import { type AgentId, FLEET, type Id, OPERATOR } from "../../src/core/ids.ts";
import { type Millis, millis } from "../../src/core/time.ts";
import { breaches } from "../../src/fleet/invariants.ts";
import { emptyState, type FleetState, type Law } from "../../src/fleet/state.ts";
import { foldTurn, type Place, takeTurn } from "../../src/fleet/turn.ts";
import {
  AGENT_COMMANDS,
  type AgentCommandName,
  type AgentRequest,
  OPERATOR_COMMANDS,
  type OperatorCommandName,
  type OperatorRequest,
} from "../../src/protocol/commands.ts";
import type { EffectAnswer, EffectName } from "../../src/protocol/effects.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { RejectionCode } from "../../src/protocol/rejections.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import type { RiskEstimate } from "../../src/protocol/risk-facts.ts";
import type { Command, CommandOf, InnerCommand, Turn } from "../../src/protocol/turns.ts";
import { canonical, deepFreeze } from "./canonical.ts";
import { DEMO, T0 } from "./cast.ts";

/** A command without its stamp, and who gives it. */
export interface Draft {
  readonly from: AgentId;
  readonly type: Command["type"];
  readonly body: unknown;
  readonly id?: string;
  /** What the risk desk would have stamped on it. */
  readonly estimate?: RiskEstimate;
}
/** One step of a story: a command, what to make of the state as it is, or time that passes. */
export type Step = Draft | { readonly wait: number } | ((law: Law) => Step | readonly Step[]);

type Fields<T> = Omit<T, "id" | "exp">;

/** A command of an agent, in the words of the wire: amounts are decimal texts. */
export const by = <N extends Exclude<AgentCommandName, "View">>(
  from: AgentId,
  type: N,
  fields: Fields<AgentRequest<N>>,
): Draft => ({ from, type, body: AGENT_COMMANDS[type].parse({ id: "x", ...fields }) });

/** A command of the operator. */
export const ops = <N extends Exclude<OperatorCommandName, "Status">>(
  type: N,
  fields: Fields<OperatorRequest<N>>,
): Draft => ({ from: OPERATOR, type, body: OPERATOR_COMMANDS[type].parse({ id: "x", ...fields }) });

/** A command that the coordinator gives itself. */
export const inner = <N extends InnerCommand["type"]>(
  type: N,
  body: CommandOf<N>["body"],
): Draft => ({ from: FLEET, type, body, id: "" });

export const tick: Draft = inner("Tick", {});
export const wait = (ms: number): Step => ({ wait: ms });

/** What the venue reports next, numbered on from what was taken. */
export const reported =
  (...bodies: readonly (ReportBody | ((law: Law) => ReportBody))[]): Step =>
  (law) => {
    const reports = bodies.map((body, i) => ({
      ...(typeof body === "function" ? body(law) : body),
      seq: law.reportsThrough + 1 + i,
      at: law.at,
    }));
    return inner("TakeReports", { reports });
  };

/** What the venue answers to an effect. */
export const answered =
  (name: EffectName | ((law: Law) => EffectName), answer: EffectAnswer): Step =>
  (law) =>
    inner("TakeAnswer", { name: typeof name === "function" ? name(law) : name, answer });

export const ACCEPTED: EffectAnswer = { outcome: "accepted" };
export const REJECTED: EffectAnswer = { outcome: "rejected", reason: "no" };
export const UNKNOWN: EffectAnswer = { outcome: "unknown", reason: "timeout" };

/** The newest effect of a type that is outstanding. */
export const effectOf =
  (type: string) =>
  (law: Law): EffectName => {
    const open = [...law.outbox.values()].filter((held) => held.approved.effect.type === type);
    const last = open.at(-1);
    if (last === undefined) throw new Error(`no ${type} is outstanding`);
    return last.approved.name;
  };

export type Expected = { readonly type: FleetEvent["type"] } & Readonly<Record<string, unknown>>;

/** A fleet whose every turn is checked, frozen, and folded a second time beside it. */
export class Story {
  readonly state: FleetState = emptyState(DEMO);
  /** What a replica makes of the journal alone. */
  readonly replica: FleetState = emptyState(DEMO);
  readonly journal: { readonly turn: Turn; readonly place: Place }[] = [];
  last: Turn | undefined;
  now: Millis = T0;
  #ids = 0;

  /** Takes one command as the coordinator would. Undefined: nothing to journal. */
  take(draft: Draft): Turn | undefined {
    this.#ids += 1;
    const id = (draft.id ?? `c${this.#ids}`) as Id;
    const stamp = {
      ...{ id, from: draft.from, at: this.now, exp: millis(this.now + 30_000) },
      print: this.#ids,
      ...(draft.estimate === undefined ? {} : { estimate: draft.estimate }),
    };
    const command = { type: draft.type, stamp, body: deepFreeze(draft.body) } as Command;
    const place = { seq: this.journal.length + 1, turn: 0 };
    const turn = this.decided(command, place);
    this.last = turn;
    if (turn === undefined) return undefined;
    deepFreeze(turn);
    this.journal.push({ turn, place });
    foldTurn(this.replica, turn, place);
    return turn;
  }

  protected decided(command: Command, place: Place): Turn | undefined {
    return takeTurn(this.state, command, place);
  }

  /** What must hold after every turn: no rule broken, and the replica's truth is ours. */
  check(): void {
    expect(breaches(this.state)).toEqual([]);
    expect(canonical(this.replica)).toBe(canonical(this.state));
  }

  run(step: Step): void {
    if (typeof step === "function") {
      const made = step(this.state);
      for (const next of Array.isArray(made) ? (made as readonly Step[]) : [made as Step]) {
        this.run(next);
      }
    } else if ("wait" in step) this.now = millis(this.now + step.wait);
    else {
      this.take(step);
      this.check();
    }
  }

  given(...steps: readonly Step[]): this {
    for (const step of steps) {
      this.run(step);
      const refused = this.last?.rejection;
      if (refused !== undefined) {
        throw new Error(`given ${this.last?.type} was refused: ${JSON.stringify(refused)}`);
      }
    }
    return this;
  }

  /** Runs the last steps of a story; what the last one brought is what is looked at. */
  when(...steps: readonly Step[]): this {
    for (const step of steps) {
      this.last = undefined;
      this.run(step);
    }
    return this;
  }

  /** Exactly these events, in this order; each at least with the fields named. */
  brings(...expected: readonly Expected[]): this {
    expect(this.last?.rejection).toBeUndefined();
    const events = this.last?.events ?? [];
    expect(events.map((event) => event.type)).toEqual(expected.map(({ type }) => type));
    expect(events).toMatchObject(expected);
    return this;
  }

  /** At least one such event. */
  bringsAmong(...expected: readonly Expected[]): this {
    expect(this.last?.rejection).toBeUndefined();
    for (const one of expected)
      expect(this.last?.events).toContainEqual(expect.objectContaining(one));
    return this;
  }

  bringsNo(type: FleetEvent["type"]): this {
    expect(this.last?.rejection).toBeUndefined();
    expect(this.last?.events.map((event) => event.type) ?? []).not.toContain(type);
    return this;
  }

  /** Nothing happened, and nothing is journaled. */
  bringsNothing(): this {
    expect(this.last).toBeUndefined();
    return this;
  }

  /** Refused with this code; `detail` as people read it. */
  refused(code: RejectionCode, detail?: string): this {
    const expected = detail === undefined ? { code } : { code, detail };
    expect(this.last?.rejection).toMatchObject(expected);
    expect(this.last?.events).toEqual([]);
    return this;
  }
}

export const given = (...steps: readonly Step[]): Story => new Story().given(...steps);
