/** One turn: a command is decided event by event, each folded at once; a refusal changes nothing. */
import { assert } from "../core/assert.ts";
import { ANSWERS_MAX } from "../core/limits.ts";
import { effectName } from "../protocol/effects.ts";
import type { FleetEvent } from "../protocol/events.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { Answer, Command, Turn } from "../protocol/turns.ts";
import type { Context } from "./admission.ts";
import { decide } from "./decide.ts";
import { evolve } from "./evolve.ts";
import { discard, letGo } from "./spent.ts";
import type { FleetState, Law } from "./state.ts";
import { afterwards } from "./zones.ts";

/** Where a turn will stand in the journal. */
export interface Place {
  readonly seq: number;
  readonly turn: number;
}

const answerKey = (turn: Pick<Turn, "from" | "id">): string => `${turn.from}/${turn.id}`;

/** The answer that this caller's id has been given. None: undefined when the id is new. */
export function answered(law: Law, command: Command): Answer | Rejection | undefined {
  const { from, id, print } = command.stamp;
  const known = law.answers.get(`${from}/${id}`);
  if (known === undefined) return undefined;
  return known.print === print ? (known.answer as Answer) : refuse("id_reused", id);
}

/** Is there room to remember one more answer? When not, nothing more is decided for a while. */
export const hasRoom = (law: Law): boolean => law.answers.size < ANSWERS_MAX;

/**
 * Decides a command and folds what follows.
 *
 * None: undefined when nothing happened and nothing was refused: there is nothing to journal.
 * @throws InvariantError when our own rules are broken: the state is then no longer to be trusted.
 */
export function takeTurn(state: FleetState, command: Command, place: Place): Turn | undefined {
  const { stamp } = command;
  assert(stamp.at >= state.at, "time never runs backwards in the journal");
  const events: FleetEvent[] = [];
  let effects = 0;
  const ctx: Context = {
    law: state,
    stamp,
    at: stamp.at,
    name: () => effectName(place.seq, place.turn, effects++),
  };
  const rejection = run(state, decide(ctx, command), events, stamp.at);
  if (rejection !== undefined) {
    assert(events.length === 0, "a refusal comes before the first event");
    return finish(state, turnOf(command, [], rejection), place);
  }
  if (events.length === 0) return undefined;
  run(state, afterwards(ctx, events), events, stamp.at);
  const spent = letGo(state);
  const turn = turnOf(command, events, undefined);
  return finish(state, spent === 0 ? turn : { ...turn, spent }, place);
}

function run<R>(
  state: FleetState,
  decision: Generator<FleetEvent, R, void>,
  events: FleetEvent[],
  at: Turn["at"],
): R {
  for (;;) {
    const next = decision.next();
    if (next.done === true) return next.value;
    events.push(next.value);
    evolve(state, next.value, at);
  }
}

function turnOf(
  command: Command,
  events: readonly FleetEvent[],
  rejection: Rejection | undefined,
): Turn {
  const { id, from, at, exp, print, estimate } = command.stamp;
  const base = { type: command.type, id, from, at, exp, print, events };
  if (rejection === undefined) return base;
  return { ...base, rejection, ...(estimate === undefined ? {} : { estimate }) };
}

/** Folds a journaled turn: recovery, standby and every replica run this and nothing else. */
export function foldTurn(state: FleetState, turn: Turn, place: Place): void {
  for (const event of turn.events) evolve(state, event, turn.at);
  discard(state, turn.spent ?? 0);
  finish(state, turn, place);
}

/** What every turn leaves behind beside its events: time, place and its answer. */
function finish(state: FleetState, turn: Turn, { seq, turn: index }: Place): Turn {
  state.at = turn.at;
  state.seq = seq;
  state.turns += 1;
  if (turn.rejection !== undefined) state.rejections += 1;
  forgetExpired(state);
  // The coordinator's own commands are not retried by anybody.
  if (turn.id !== "") {
    const key = answerKey(turn);
    const answer: Answer =
      turn.rejection === undefined
        ? { ok: true, seq, turn: index }
        : { ok: false, seq, turn: index, rejection: turn.rejection };
    state.answers.set(key, { exp: turn.exp, print: turn.print, answer });
    state.answerOrder.push(key);
  }
  return turn;
}

/** Forgets answers that nobody can ask for again: an expired command is refused as such. */
function forgetExpired(state: FleetState): void {
  const order = state.answerOrder;
  for (;;) {
    const key = order[state.answersHead];
    if (key === undefined) break;
    const known = state.answers.get(key);
    if (known !== undefined && known.exp >= state.at) break;
    state.answers.delete(key);
    state.answersHead += 1;
  }
  if (state.answersHead > 4_096 && state.answersHead * 2 > order.length) {
    order.splice(0, state.answersHead);
    state.answersHead = 0;
  }
}
