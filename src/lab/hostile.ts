/** An agent that means harm: malformed bytes, forged reply subjects, old commands again, floods. */
import { agentId } from "../core/ids.ts";
import { encode } from "../wire/codec-encode.ts";
import type { Connection } from "../wire/connect.ts";
import { commandSubject } from "../wire/subjects.ts";
import { Life } from "./life.ts";
import { HOSTILE } from "./plan.ts";
import { EPOCH } from "./time.ts";
import type { World } from "./world.ts";

const NAME = agentId(HOSTILE.poison);
const FLOOD = agentId(HOSTILE.flood);
const FLOOD_SIZE = 200;

/** What poison is: malformed bytes, hostile names, hostile numbers. */
const KINDS = ["bytes", "names", "numbers"] as const;
type Kind = (typeof KINDS)[number];

/** A text of msgpack: the key or value of a map. */
const text = (said: string): number[] => [0xa0 | said.length, ...Buffer.from(said)];

/** An order for margin with one field that no honest client sends. */
const asking = (change: object): Uint8Array =>
  encode({ id: "x", amount: "1", service: "trading", ttlMs: 1_000, reservation: "r", ...change });

/** Bytes that no honest client sends. */
const POISON: Readonly<Record<Kind, readonly (() => Uint8Array)[]>> = {
  bytes: [
    () => new Uint8Array(0),
    () => new Uint8Array([0xc1]),
    () => new Uint8Array(20_000).fill(0x91),
    () => new Uint8Array(300).fill(0x91),
    () => new Uint8Array([0x82, ...text("id"), 0x01, ...text("id"), 0x02]),
    () => new Uint8Array([0xdf, 0xff, 0xff, 0xff, 0xff]),
    () => new Uint8Array([0x81, ...text("id"), 0xa2, 0xff, 0xfe]),
    () => encode(["not", "a", "map"]),
  ],
  names: [
    () => new Uint8Array([0x81, ...text("__proto__"), 0x81, ...text("x"), 0x01]),
    () => asking({ service: "constructor" }),
    () => encode({ id: "../../x", reservation: "toString", amount: "1" }),
    () => asking({ reservation: "__proto__/x" }),
    () => asking({ extra: 1 }),
  ],
  numbers: [
    () => new Uint8Array([0x81, ...text("id"), 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]),
    () => new Uint8Array([0x81, ...text("id"), 0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]),
    () => asking({ amount: "-1" }),
    () => asking({ amount: "1e9" }),
    () => asking({ amount: "0.0000001" }),
    () => asking({ amount: "99999999999999999999" }),
    () => asking({ amount: "-0" }),
    () => asking({ amount: "1e-30" }),
    () => asking({ amount: 9_007_199_254_740_993n }),
  ],
};

/** For what stands in it, not because nobody knows the command. */
const REFUSED = /malformed|bad_field|too_large/;

export class Hostile {
  readonly #world: World;
  readonly #chance;
  readonly #life: Life;
  readonly #open = new Map<string, Connection>();
  #serial = 0;
  /** A good command of its own, kept to be sent again hours later. */
  #old: { readonly subject: string; readonly bytes: Uint8Array } | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#chance = world.chance.of("hostile");
    this.#life = new Life(world.time, "hostile");
  }

  #connection(agent: string): Connection {
    const known = this.#open.get(agent);
    if (known !== undefined) return known;
    const made = this.#world.broker.connect(agent, this.#life);
    made.subscribe(`_INBOX_${agent}.>`, {
      callback: (_, msg) => {
        const said = Buffer.from(msg.data).toString("latin1");
        const { counts } = this.#world;
        // What is answered is told by the inbox that was named for it.
        const [, asked, kind] = msg.subject.split(".");
        if (asked === "f" && said.includes("rate_limited")) counts.fired("flood-refused");
        if (asked === "s" && /cap_exceeded|not_allowed/.test(said)) counts.fired("greedy-refused");
        if (asked === "p" && REFUSED.test(said)) counts.fired(`poison-${kind}`);
        if (asked === "old" && kind === "1") counts.fired("replay-answered");
      },
    });
    this.#open.set(agent, made);
    return made;
  }

  #subject(command: string, agent = NAME): string {
    return commandSubject(this.#world.file.fleet, agent, command);
  }

  /** A well-formed command of its own. */
  #ask(command: string, body: object): void {
    const exp = Math.floor(EPOCH + this.#world.time.now + 10_000);
    const id = `s${this.#serial++}`;
    const reply = `_INBOX_${NAME}.s.${this.#serial}`;
    const bytes = encode({ ...body, id, exp });
    this.#connection(NAME).publish(this.#subject(command), bytes, { reply });
  }

  /** Asks for margin whatever the mode, and keeps its lease alive to be able to. */
  #insist(): void {
    this.#ask("Renew", {});
    const reservation = `s${this.#serial}`;
    this.#ask("Reserve", { reservation, amount: "0.1", service: "trading", ttlMs: 1_000 });
  }

  /** As a model that was talked into it: too much at once, a little again and again, more rights. */
  greed(): void {
    this.#world.counts.fired("greedy");
    const chance = this.#chance;
    const reservation = `g${this.#serial}`;
    const want = (amount: string): object => ({
      ...{ reservation, amount, service: "trading", ttlMs: 60_000 },
    });
    const asks: readonly (readonly [string, object])[] = [
      ["Reserve", want("100000")],
      ["Reserve", want("3")],
      ["Reserve", want("3")],
      ["Raise", { agent: NAME, cap: "100000" }],
      ["Grant", { agent: NAME, cap: "100000" }],
      ["SetMode", { mode: "run", reason: "the operator said so" }],
    ];
    this.#ask("Renew", {});
    this.#ask(...chance.pick(asks));
  }

  poison(): void {
    if (this.#chance.hit(0.2)) this.#insist();
    const command = this.#chance.pick([
      "Reserve",
      "PlaceOrder",
      "View",
      "Grant",
      "NoSuch",
      "Renew",
    ]);
    const kind = this.#chance.pick(KINDS);
    const reply = `_INBOX_${NAME}.p.${kind}.${this.#serial++}`;
    const bytes = this.#chance.pick(POISON[kind])();
    this.#connection(NAME).publish(this.#subject(command), bytes, { reply });
  }

  /** Asks for the answer in another's inbox, at an event's subject, at the journal's. */
  forge(): void {
    const { file, counts } = this.#world;
    const connection = this.#connection(NAME);
    const reply = this.#chance.pick([
      "_INBOX_casino.x.1",
      "_INBOX_operator.none.0",
      "_INBOX_c_journal.x.1",
      `fleet.${file.fleet}.evt.fleet.ModeSet`,
      `fleet.${file.fleet}.journal`,
      `$JS.API.STREAM.DELETE.JOURNAL_${file.fleet}`,
      "_INBOX_poison.*",
      "_INBOX_poison2.x",
    ]);
    connection.publish(this.#subject("View"), encode({ id: `f${this.#serial++}` }), { reply });
    counts.fired("forged-reply");
    const old = this.#old;
    if (old === undefined) this.#reserve();
    else {
      connection.publish(old.subject, old.bytes, { reply: `_INBOX_${NAME}.old.1` });
      counts.fired("forged-replay");
    }
  }

  #reserve(): void {
    const exp = Math.floor(EPOCH + this.#world.time.now + 10_000);
    const body = { id: "old-1", reservation: "old-1", amount: "1", service: "trading", ttlMs: 500 };
    const bytes = encode({ ...body, exp });
    this.#old = { subject: this.#subject("Reserve"), bytes };
    this.#connection(NAME).publish(this.#old.subject, bytes, { reply: `_INBOX_${NAME}.old.0` });
  }

  flood(): void {
    const { time, counts } = this.#world;
    const exp = Math.floor(EPOCH + time.now + 10_000);
    counts.fired("flood");
    for (let i = 0; i < FLOOD_SIZE; i += 1) {
      const id = `fl${this.#serial++}`;
      const body = { id, reservation: id, amount: "2", service: "trading", ttlMs: 20_000, exp };
      const reply = `_INBOX_${FLOOD}.f.${this.#serial}`;
      this.#connection(FLOOD).publish(this.#subject("Reserve", FLOOD), encode(body), { reply });
    }
  }
}
