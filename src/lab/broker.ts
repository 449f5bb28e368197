/** A simulated broker: subjects, rights, delivery with the faults of a network, and its streams. */
import type { AgentId, FleetId, SourceId } from "../core/ids.ts";
import type { Connection } from "../wire/connect.ts";
import { rightsOf } from "../wire/permissions.ts";
import type { Chance } from "./chance.ts";
import { SimConnection, type Subscription } from "./connection.ts";
import type { Counts } from "./counts.ts";
import type { Life } from "./life.ts";
import { SimMsg } from "./message.ts";
import { DEDUPE_MS, type SimStreams } from "./streams.ts";
import type { SimTime } from "./time.ts";

const COMMAND = /^fleet\.[^.]+\.(cmd|ops)\./;

/** Chances per message on the way between a client and the broker. */
export interface NetRates {
  readonly drop: number;
  readonly duplicate: number;
  /** Delayed out of its order, and by up to how many ms. */
  readonly reorder: number;
  readonly reorderMs: number;
  /** A duplicate comes up to so much later, ms: inside and outside the time to live of a command. */
  readonly duplicateMs: number;
  /** Comes so late that a command in it has expired. */
  readonly late: number;
}

export const CALM: NetRates = {
  drop: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 0,
  duplicateMs: 0,
  late: 0,
};

/** How late that is, ms. */
const [LATE_FROM, LATE_TO] = [15_000, 90_000];

/** Told of everything that passes: how a checker sees what no agent should. */
export interface Watcher {
  published(from: string, msg: SimMsg): void;
  denied(from: string, subject: string): void;
  delivered(to: string, subject: string): void;
}

export interface BrokerOptions {
  readonly time: SimTime;
  readonly chance: Chance;
  readonly fleet: FleetId;
  readonly agents: readonly AgentId[];
  /** Feeders of prices. Absent: none. */
  readonly sources?: readonly SourceId[];
  readonly streams: SimStreams;
  readonly counts: Counts;
  readonly watcher: Watcher;
}

const [LATENCY_FROM, LATENCY_TO] = [0.2, 1.2];
const NOTHING = new Uint8Array();

type Patterns = readonly (readonly string[])[];
interface SplitRights {
  readonly publish: Patterns;
  readonly subscribe: Patterns;
}

const firstOf = (subject: string): string => {
  const dot = subject.indexOf(".");
  return dot < 0 ? subject : subject.slice(0, dot);
};

export class SimBroker {
  readonly streams: SimStreams;
  rates: NetRates = CALM;
  /** Whether the whole broker is away: nothing goes in or out. */
  down = false;
  /** Messages that were handed to a client, answers of the streams among them. */
  messages = 0;
  readonly #options: BrokerOptions;
  readonly #rights: ReadonlyMap<string, SplitRights>;
  readonly #connections = new Set<SimConnection>();
  readonly #subscriptions = new Set<Subscription>();
  /** The same by their first token, which none of them leaves open. */
  readonly #byFirst = new Map<string, Set<Subscription>>();
  #routes = new Map<string, readonly Subscription[]>();
  /** What was found of each user and subject. */
  readonly #allowed = { publish: new Map<string, Map<string, boolean>>(), subscribe: new Map() };

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.streams = options.streams;
    const rights = rightsOf(options.fleet, options.agents, options.sources);
    const split = (patterns: readonly string[]) => patterns.map((one) => one.split("."));
    this.#rights = new Map(
      rights.map(({ user, publish, subscribe }) => [
        user,
        { publish: split(publish), subscribe: split(subscribe) },
      ]),
    );
  }

  connect(user: string, life: Life): Connection {
    const made = new SimConnection(this, user, life, this.#options.time);
    this.#connections.add(made);
    life.onDeath(() => this.drop(made));
    return made as unknown as Connection;
  }

  connectionsOf(life: Life): readonly SimConnection[] {
    return [...this.#connections].filter((one) => one.life === life);
  }

  /** When a partition last kept anything from this process, or to it; never: minus infinity. */
  cutAt(life: Life): number {
    return Math.max(...this.connectionsOf(life).map((one) => one.cutAt));
  }

  /** The whole broker goes, or comes back: every client is told. */
  setDown(down: boolean): void {
    if (down === this.down) return;
    this.down = down;
    for (const one of [...this.#connections]) one.tell(down ? "disconnect" : "reconnect");
  }

  /** Ends every partition. */
  heal(): void {
    for (const one of this.#connections) {
      one.cutIn = false;
      one.cutOut = false;
    }
  }

  get counts(): Counts {
    return this.#options.counts;
  }

  /** What the broker forgets when a connection goes. */
  drop(connection: SimConnection): void {
    this.#connections.delete(connection);
    for (const one of this.#subscriptions) {
      if (one.connection === connection) this.unsubscribe(one);
    }
  }

  subscribe(connection: SimConnection, subject: string, hear: (msg: SimMsg) => void): Subscription {
    const made = { connection, tokens: subject.split("."), hear, open: true };
    if (!this.#may(connection.user, subject, "subscribe")) {
      this.#options.watcher.denied(connection.user, subject);
      return { ...made, open: false };
    }
    this.#subscriptions.add(made);
    const first = firstOf(subject);
    const alike = this.#byFirst.get(first) ?? new Set();
    this.#byFirst.set(first, alike.add(made));
    if (!subject.startsWith("_INBOX")) this.#routes = new Map();
    return made;
  }

  unsubscribe(one: Subscription): void {
    one.open = false;
    this.#subscriptions.delete(one);
    const [first = ""] = one.tokens;
    this.#byFirst.get(first)?.delete(one);
    if (!first.startsWith("_INBOX")) this.#routes = new Map();
  }

  mayPublish(user: string, subject: string): boolean {
    return this.#may(user, subject, "publish");
  }

  #may(user: string, subject: string, verb: "publish" | "subscribe"): boolean {
    // Inboxes are many and short-lived: what may go there is not worth remembering.
    const inbox = subject.startsWith("_INBOX");
    const ofUser: Map<string, boolean> = this.#allowed[verb].get(user) ?? new Map();
    const known = inbox ? undefined : ofUser.get(subject);
    if (known !== undefined) return known;
    this.#allowed[verb].set(user, ofUser);
    const patterns = this.#rights.get(user)?.[verb] ?? [];
    const tokens = subject.split(".");
    const may = patterns.some((pattern) => covers(pattern, tokens));
    if (!inbox) ofUser.set(subject, may);
    return may;
  }

  /** How long one way takes; keeps the order of a connection unless the network reorders. */
  delay(connection: SimConnection, way: "in" | "out", calm = false): number {
    const { time, chance, counts } = this.#options;
    const { reorder, reorderMs } = this.rates;
    const base = chance.between(LATENCY_FROM, LATENCY_TO);
    if (!calm && chance.hit(reorder)) {
      counts.fired("reorder");
      return base + chance.between(0, reorderMs);
    }
    const last = way === "in" ? connection.lastIn : connection.lastOut;
    const at = Math.max(time.now + base, last);
    if (way === "in") connection.lastIn = at;
    else connection.lastOut = at;
    return at - time.now;
  }

  /** Whether a message is lost on its way. */
  loses(connection: SimConnection, way: "in" | "out"): boolean {
    const { counts, chance } = this.#options;
    if (this.down) {
      counts.fired("broker-down");
      return true;
    }
    if (way === "in" ? connection.cutIn : connection.cutOut) {
      counts.fired("partition");
      connection.cutAt = this.#options.time.now;
      return true;
    }
    if (!chance.hit(this.rates.drop)) return false;
    counts.fired("drop");
    return true;
  }

  /** A message from a client: on its way, perhaps twice, perhaps never. */
  publish(from: SimConnection, msg: SimMsg): void {
    const { watcher } = this.#options;
    if (!this.mayPublish(from.user, msg.subject)) {
      watcher.denied(from.user, msg.subject);
      return;
    }
    watcher.published(from.user, msg);
    if (this.loses(from, "in")) return;
    this.#options.time.after(this.#late() ?? this.delay(from, "in"), () => this.route(msg));
    this.repeat(msg.subject, () => this.route(msg));
  }

  /** By chance something comes when nobody wants it any more. None: undefined when it does not. */
  #late(): number | undefined {
    const { counts, chance } = this.#options;
    if (!chance.hit(this.rates.late)) return undefined;
    counts.fired("late");
    return chance.between(LATE_FROM, LATE_TO);
  }

  /** By chance something comes a second time, soon or much later. */
  repeat(subject: string, again: () => void): void {
    const { time, counts, chance } = this.#options;
    if (!chance.hit(this.rates.duplicate)) return;
    const ms = chance.between(1, this.rates.duplicateMs);
    time.after(ms, () => {
      counts.fired("duplicate");
      if (COMMAND.test(subject)) counts.fired("duplicate-command");
      if (COMMAND.test(subject) && ms > DEDUPE_MS) counts.fired("duplicate-outside");
      again();
    });
  }

  /** Hands a message to everybody who listens; a request that nobody hears is told so. */
  route(msg: SimMsg): void {
    const listening = this.#listening(msg.subject);
    for (const one of listening) this.#deliver(one, msg);
    if (listening.length > 0 || msg.reply === undefined) return;
    const nobody = new SimMsg(msg.reply, NOTHING, undefined, { code: 503 });
    for (const one of this.#listening(msg.reply)) this.#deliver(one, nobody);
  }

  #deliver(to: Subscription, msg: SimMsg): void {
    const { connection } = to;
    if (this.loses(connection, "out")) return;
    this.#options.time.after(this.delay(connection, "out"), () =>
      connection.life.run(() => {
        if (!to.open) return;
        this.messages += 1;
        this.#options.watcher.delivered(connection.user, msg.subject);
        to.hear(msg);
      }),
    );
  }

  #listening(subject: string): readonly Subscription[] {
    const known = this.#routes.get(subject);
    if (known !== undefined) return known;
    const tokens = subject.split(".");
    const alike = this.#byFirst.get(tokens[0] ?? "") ?? [];
    const found = [...alike].filter((one) => covers(one.tokens, tokens));
    // Inboxes are many and short-lived: their routes are not worth remembering.
    if (!subject.startsWith("_INBOX")) this.#routes.set(subject, found);
    return found;
  }
}

/** Does a pattern with `*` and `>` cover a subject? */
function covers(pattern: readonly string[], subject: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i += 1) {
    const token = pattern[i];
    if (token === ">") return subject.length > i;
    if (i >= subject.length || (token !== "*" && token !== subject[i])) return false;
  }
  return pattern.length === subject.length;
}
