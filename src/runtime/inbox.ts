/**
 * What waits for its turn. The fleet's and the operator's own come first, so that no flood keeps a halt out;
 * then each agent that has something waiting, one after another, so that no agent's burst stands before
 * another agent's command. While others ask too, an agent that has had its share of a round stands aside until
 * the next: what its rate lets it save up is not spent at once at their cost.
 */
import type { AgentId } from "../core/ids.ts";
import { INBOX_MAX, INBOX_PER_AGENT_MAX } from "../core/limits.ts";
import { Ring } from "./ring.ts";

/** So long after another agent has asked, an agent is not alone. */
const TOGETHER_MS = 100;
/** Turns of one agent in a round while others ask. */
export const SHARE_TURNS = 2;
/** Its turns end sooner when they have taken so long: code that is not compiled yet is slow. */
export const SHARE_MS = 0.5;

/** What of one agent waits, and what it has had of this round. */
interface Lane<T> {
  readonly agent: AgentId;
  readonly waiting: Ring<T>;
  /** It stands in the order of turns, or aside until the next round. */
  stands: boolean;
  round: number;
  turns: number;
  ms: number;
  askedAt: number;
}

/** The middle of some sizes; of an even many the lower one. */
const middle = (sizes: number[]): number =>
  sizes.sort((a, b) => a - b)[(sizes.length - 1) >> 1] ?? 0;

export class Inbox<T> {
  readonly #own = new Ring<T>(INBOX_MAX);
  /** Of those that have something waiting, in the order of their turns. */
  readonly #next = new Ring<Lane<T>>(INBOX_MAX);
  /** Those that have had their share of this round. */
  #aside: Lane<T>[] = [];
  /** Bounded by the keys of the broker: nobody else is heard. */
  readonly #lanes = new Map<AgentId, Lane<T>>();
  /** Those that have something waiting or have asked lately: work for each round, however many keys there are. */
  readonly #lively = new Set<Lane<T>>();
  #agents = 0;
  #round = 0;
  /** Turns that an agent has in this round whatever others want: by its rate, and by what is usual. */
  #promised = 0;
  #usual = 0;
  /** Who had the last turn. */
  #served: Lane<T> | undefined;
  /** Who asked last, when, and when somebody else did. */
  #asker: AgentId | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #anotherAt = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#own.size + this.#agents;
  }

  /** Whether anything may have its turn in this round. */
  get ready(): boolean {
    return this.#own.size > 0 || this.#next.size > 0;
  }

  /** One of the fleet's or the operator's own. False when there are too many. */
  pushOwn(waiting: T): boolean {
    return this.#own.push(waiting);
  }

  /**
   * False when this agent, or all agents together, have too many waiting. Its own keep their order.
   * `now` in ms of a monotonic clock.
   */
  push(agent: AgentId, waiting: T, now: number): boolean {
    if (agent !== this.#asker) {
      this.#anotherAt = this.#askedAt;
      this.#asker = agent;
    }
    this.#askedAt = now;
    if (this.#agents >= INBOX_MAX) return false;
    let lane = this.#lanes.get(agent);
    if (lane === undefined) {
      const none = { stands: false, round: 0, turns: 0, ms: 0, askedAt: now };
      lane = { agent, waiting: new Ring(INBOX_PER_AGENT_MAX), ...none };
      this.#lanes.set(agent, lane);
    }
    lane.askedAt = now;
    this.#lively.add(lane);
    if (!lane.waiting.push(waiting)) return false;
    this.#agents += 1;
    this.#stand(lane);
    return true;
  }

  /** Whose turn it is. None: undefined, also when all that wait have had their share of this round. */
  shift(now: number): T | undefined {
    const own = this.#own.shift();
    if (own !== undefined) return own;
    for (;;) {
      const lane = this.#next.shift();
      if (lane === undefined) return undefined;
      if (this.#hasHadItsShare(lane, now)) {
        this.#aside.push(lane);
        continue;
      }
      lane.stands = false;
      const waiting = lane.waiting.shift();
      // What waited in it was let go of.
      if (waiting === undefined) continue;
      this.#agents -= 1;
      lane.turns += 1;
      this.#served = lane;
      if (lane.waiting.size > 0) this.#stand(lane);
      return waiting;
    }
  }

  /** How long the turn took that was just had, ms. */
  took(ms: number): void {
    if (this.#served !== undefined) this.#served.ms += ms;
    this.#served = undefined;
  }

  /**
   * Another round: who stands aside is in line again. In the time of a round, `ms`, each has the turns that
   * its rate gives it, whatever others want; without a rate, all that it asks for. Where most ask for much,
   * much is nobody's burst.
   */
  nextRound(now: number, perSecond = Number.POSITIVE_INFINITY, ms = 0): void {
    this.#round += 1;
    this.#usual = this.#agents > SHARE_TURNS ? 2 * middle(this.#sizes(now)) : 0;
    this.#promised =
      perSecond === Number.POSITIVE_INFINITY ? perSecond : Math.ceil((perSecond * ms) / 1_000);
    for (const lane of this.#aside.splice(0)) this.#next.push(lane);
  }

  /** Lets go of all that waits of one agent, unheard. @returns how much that was. */
  forget(agent: AgentId): number {
    const lane = this.#lanes.get(agent);
    if (lane === undefined) return 0;
    const { size } = lane.waiting;
    while (lane.waiting.shift() !== undefined);
    this.#agents -= size;
    return size;
  }

  /** How much waits of each that has something waiting or is with the others now. */
  #sizes(now: number): number[] {
    const sizes: number[] = [];
    for (const lane of this.#lively) {
      const { waiting, askedAt } = lane;
      if (waiting.size > 0 || now - askedAt < TOGETHER_MS) sizes.push(waiting.size);
      else this.#lively.delete(lane);
    }
    return sizes;
  }

  #stand(lane: Lane<T>): void {
    if (lane.stands) return;
    lane.stands = true;
    this.#next.push(lane);
  }

  #hasHadItsShare(lane: Lane<T>, now: number): boolean {
    if (lane.round !== this.#round) {
      lane.round = this.#round;
      lane.turns = 0;
      lane.ms = 0;
    }
    const { agent, turns, ms } = lane;
    if (turns < this.#promised || turns < this.#usual || (turns < SHARE_TURNS && ms < SHARE_MS))
      return false;
    const others = agent === this.#asker ? this.#anotherAt : this.#askedAt;
    return now - others < TOGETHER_MS;
  }
}
