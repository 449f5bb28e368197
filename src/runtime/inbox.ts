/**
 * What waits for its turn. The fleet's and the operator's own come first, so that no flood keeps a halt out;
 * then each agent that has something waiting, one after another, so that no agent's burst stands before
 * another agent's command.
 */
import type { AgentId } from "../core/ids.ts";
import { INBOX_MAX, INBOX_PER_AGENT_MAX } from "../core/limits.ts";
import { Ring } from "./ring.ts";

export class Inbox<T> {
  readonly #own = new Ring<T>(INBOX_MAX);
  /** Of those agents that have something waiting, in the order of their turns. */
  readonly #next = new Ring<AgentId>(INBOX_MAX);
  /** Bounded by the keys of the broker: nobody else is heard. */
  readonly #lanes = new Map<AgentId, Ring<T>>();
  #agents = 0;

  get size(): number {
    return this.#own.size + this.#agents;
  }

  /** One of the fleet's or the operator's own. False when there are too many. */
  pushOwn(waiting: T): boolean {
    return this.#own.push(waiting);
  }

  /** False when this agent, or all agents together, have too many waiting. Its own keep their order. */
  push(agent: AgentId, waiting: T): boolean {
    if (this.#agents >= INBOX_MAX) return false;
    let lane = this.#lanes.get(agent);
    if (lane === undefined) {
      lane = new Ring(INBOX_PER_AGENT_MAX);
      this.#lanes.set(agent, lane);
    }
    if (!lane.push(waiting)) return false;
    this.#agents += 1;
    if (lane.size === 1) this.#next.push(agent);
    return true;
  }

  shift(): T | undefined {
    const own = this.#own.shift();
    if (own !== undefined) return own;
    for (;;) {
      const agent = this.#next.shift();
      const lane = agent === undefined ? undefined : this.#lanes.get(agent);
      if (agent === undefined || lane === undefined) return undefined;
      const waiting = lane.shift();
      // What waited in it was let go of.
      if (waiting === undefined) continue;
      this.#agents -= 1;
      if (lane.size > 0) this.#next.push(agent);
      return waiting;
    }
  }

  /** Lets go of all that waits of one agent, unheard. @returns how much that was. */
  forget(agent: AgentId): number {
    const lane = this.#lanes.get(agent);
    if (lane === undefined) return 0;
    const { size } = lane;
    while (lane.shift() !== undefined);
    this.#agents -= size;
    return size;
  }
}
