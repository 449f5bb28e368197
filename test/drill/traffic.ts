/** Agents that never rest: commands with known ids, several under way, each sent until it is answered. */
import { setTimeout as delay } from "node:timers/promises";
import { agentId } from "../../src/core/ids.ts";
import type { Reply } from "../../src/protocol/turns.ts";
import { type Random, randomOf } from "../../src/sdk/random.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { RequestFault } from "../../src/wire/requester.ts";
import type { Caller } from "./caller.ts";
import type { Rig } from "./rig.ts";
import { Watch } from "./watch.ts";

/** A command that was answered. */
export interface Answered {
  /** `<agent>/<id>`, as the journal has it. */
  readonly key: string;
  readonly command: string;
  readonly bytes: Uint8Array;
  readonly caller: Caller;
  /** When it was sent for the first time, and answered; by the monotonic clock. */
  readonly sentAt: number;
  readonly at: number;
  readonly reply: Reply;
}

export interface TrafficOptions {
  readonly seed: number;
  readonly lanesPerAgent?: number;
  /** Wait between an answer and the next command of the same lane, ms. */
  readonly thinkMs?: number;
}

/** Long enough for every question that a drill asks again. */
const EXPIRES_MS = 240_000;
const MARKETS = [
  ["btc-perp", "0.001"],
  ["eth-perp", "0.02"],
  ["xrp-perp", "100"],
] as const;

export class Traffic {
  readonly answered = new Watch<Answered>();
  readonly #lanes: Lane[] = [];
  #running: Promise<unknown> = Promise.resolve();

  static async start(rig: Rig, options: TrafficOptions): Promise<Traffic> {
    const traffic = new Traffic();
    const mine = rig.agents.filter(({ kind }) => kind === undefined);
    for (const [i, { agent }] of mine.entries()) {
      const caller = await rig.caller(agentId(agent));
      for (let n = 0; n < (options.lanesPerAgent ?? 4); n += 1) {
        const name = `s${options.seed}-${i}-${n}`;
        const random = randomOf(options.seed, i * 100 + n);
        const told = (one: Answered): void => traffic.answered.push(one);
        traffic.#lanes.push(new Lane(caller, name, random, options.thinkMs ?? 8, told));
      }
    }
    traffic.#running = Promise.all(traffic.#lanes.map((lane) => lane.run()));
    return traffic;
  }

  /** Gives nothing new; resolves when all that was sent is answered. */
  async stop(): Promise<void> {
    for (const lane of this.#lanes) lane.stopping = true;
    await this.#running;
  }

  /** The first decision that was asked for after a moment, and answered. */
  async firstAfter(moment: number, from: number, ms = 60_000): Promise<Answered> {
    const fits = ({ sentAt, reply }: Answered): boolean => sentAt > moment && reply.seq > 0;
    return this.answered.until(fits, "a decision after the kill", ms, from);
  }
}

/** One command after another: a hold and its release in turn, now and then an order or a bet. */
class Lane {
  stopping = false;
  readonly #caller: Caller;
  readonly #name: string;
  readonly #random: Random;
  readonly #thinkMs: number;
  readonly #told: (one: Answered) => void;
  readonly #bets: string[] = [];
  #serial = 0;
  #held: string | undefined;

  constructor(
    caller: Caller,
    name: string,
    random: Random,
    thinkMs: number,
    told: (one: Answered) => void,
  ) {
    this.#caller = caller;
    this.#name = name;
    this.#random = random;
    this.#thinkMs = thinkMs;
    this.#told = told;
  }

  async run(): Promise<void> {
    while (!this.stopping && !this.#caller.connection.isClosed()) {
      const [command, body] = this.#next();
      await this.#give(command, body);
      await delay(this.#thinkMs * (0.5 + this.#random.next()));
    }
    if (this.#held !== undefined) await this.#give("Release", { reservation: this.#held });
  }

  #next(): readonly [string, object] {
    const dice = this.#random.next();
    const name = `${this.#name}-${this.#serial}`;
    if (dice < 0.04) return ["PlaceOrder", this.#order(name)];
    if (dice < 0.07) return ["PlaceBet", this.#bet(name)];
    const settled = this.#bets.length > 4 ? this.#bets.shift() : undefined;
    // No seed is revealed to these lanes: that a bet verified would be a lie.
    if (settled !== undefined) return ["RotateSeed", {}];
    if (this.#held !== undefined) {
      const reservation = this.#held;
      this.#held = undefined;
      return ["Release", { reservation }];
    }
    this.#held = name;
    return ["Reserve", { reservation: name, amount: "1.5", service: "trading", ttlMs: 60_000 }];
  }

  #order(order: string): object {
    const [market, qty] = MARKETS[this.#random.int(0, MARKETS.length - 1)] ?? MARKETS[0];
    return { order, market, side: this.#random.next() < 0.5 ? "buy" : "sell", qty };
  }

  #bet(bet: string): object {
    this.#bets.push(bet);
    const params = { direction: "over", threshold: this.#random.int(20, 80) };
    return { bet, game: "dice", stake: "0.5", params, clientSeed: `seed-${bet}` };
  }

  /** The same bytes until there is an answer: a drill never gives a command up. */
  async #give(command: string, body: object): Promise<void> {
    const id = `${this.#name}-${this.#serial}`;
    this.#serial += 1;
    const bytes = encode({ id, exp: Date.now() + EXPIRES_MS, ...body });
    const caller = this.#caller;
    const sentAt = performance.now();
    for (;;) {
      try {
        const reply = await caller.send(command, bytes);
        const key = `${caller.user}/${id}`;
        this.#told({ key, command, bytes, caller, sentAt, at: performance.now(), reply });
        return;
      } catch (fault) {
        // Closed under a lane: the drill has ended, and says itself why.
        if (fault instanceof RequestFault && fault.code === "closed") return;
        if (!(fault instanceof RequestFault) || !fault.retryable) throw fault;
      }
    }
  }
}
