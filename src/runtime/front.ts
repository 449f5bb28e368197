/** The coordinator's front: hears commands and questions, and answers what the loop has stored. */
import process from "node:process";
import { type AgentId, OPERATOR } from "../core/ids.ts";
import { attributionView } from "../fleet/attribution.ts";
import type { Law } from "../fleet/state.ts";
import { agentView, fleetView } from "../fleet/views.ts";
import { refuse } from "../protocol/rejections.ts";
import type { ContainBody, Reply } from "../protocol/turns.ts";
import type { ProcessView, StatusView } from "../protocol/views.ts";
import type { ContainCause } from "../protocol/words.ts";
import { encode } from "../wire/codec-encode.ts";
import type { Incoming, ResponderCounts } from "../wire/responder.ts";
import type { Clock } from "./clock.ts";
import type { Containment } from "./containment-rules.ts";
import { type Admitted, admitAgent, admitOperator } from "./door.ts";
import { Latencies } from "./latency.ts";
import type { Leading } from "./leading.ts";
import { RateLimiter } from "./rates.ts";
import { refusalReply, replyTo } from "./replies.ts";
import { innerStamp } from "./venue-link.ts";
import { causeOf, Warden } from "./warden.ts";

/** Refused at the door, by code: these are counted, not journaled. */
export type DoorCounts = Readonly<Record<string, number>>;

const DEFAULT_RATE = { perSecond: 100_000, burst: 100_000 };

/** Refusals of one cause that one agent is answered within a window; the rest is only counted. */
const ANSWERED_MAX = 100;

/** Tokens that a command of a flooding agent costs: a tenth of its rate is left, enough to reduce by. */
const FLOOD_COST = 10;

/** Depth of a view: maps in lists in maps, and some to spare. */
const VIEW_DEPTH = 16;

export class Front {
  readonly #clock: Clock;
  readonly #rates = new RateLimiter(DEFAULT_RATE);
  readonly #warden: Warden;
  readonly #refused = new Map<string, number>();
  readonly #latencies = new Latencies();
  #leading: Leading | undefined;
  /** Time from arrival to answer, all in all, ms. */
  readonly tookMs = { agents: 0, operator: 0 };
  /** What the responders keep from coming here: too long, or with a reply that is aimed elsewhere. */
  dropped: readonly ResponderCounts[] = [];

  constructor(clock: Clock, rules: Containment) {
    this.#clock = clock;
    this.#warden = new Warden(clock, rules, (body) => this.#contain(body));
  }

  /** What commands are decided by; undefined while this process does not lead. */
  set leading(leading: Leading | undefined) {
    this.#leading = leading;
    const rate = leading?.loop.law.policy?.rate;
    if (rate !== undefined) this.#rates.rule = rate;
  }

  get refusedAtDoor(): DoorCounts {
    const all = new Map(this.#refused);
    const sum = (pick: (counts: ResponderCounts) => number): number =>
      this.dropped.reduce((total, counts) => total + pick(counts), 0);
    const tooLong = sum(({ tooLong }) => tooLong);
    const badReply = sum(({ badReply, badSubject }) => badReply + badSubject);
    if (tooLong > 0) all.set("too_large", tooLong);
    if (badReply > 0) all.set("bad_reply", badReply);
    return Object.fromEntries(all);
  }

  /** A standby stays silent: the sender sends the same bytes again until somebody leads. */
  hear(incoming: Incoming): void {
    const loop = this.#leading?.loop;
    if (loop === undefined) return;
    const begun = this.#clock.mono();
    const { agent, command, bytes, reply } = incoming;
    const answer = (said: Reply): void => {
      reply(encode(said, VIEW_DEPTH));
      const ms = this.#clock.mono() - begun;
      this.#latencies.add(ms);
      this.tookMs[agent === OPERATOR ? "operator" : "agents"] += ms;
    };
    const rated =
      agent === OPERATOR ||
      this.#rates.take(agent, begun, this.#warden.isFlooding(agent) ? FLOOD_COST : 1);
    const admitted: Admitted = !rated
      ? { kind: "refused", id: "", rejection: refuse("rate_limited") }
      : agent === OPERATOR
        ? admitOperator(command, bytes, loop.now())
        : admitAgent(agent, command, bytes, loop.now());
    if (admitted.kind === "refused") {
      const { id, rejection } = admitted;
      this.#count(rejection.code);
      const cause = agent === OPERATOR ? undefined : causeOf(rejection.code);
      const seen = cause === undefined ? 0 : this.#warden.saw(agent, cause);
      // Who floods is not worth the answers: the others would wait for them.
      return seen > ANSWERED_MAX ? undefined : answer(refusalReply(id, rejection));
    }
    const taken =
      admitted.kind === "question"
        ? loop.ask((law) => this.#view(law, admitted.from, admitted.id, answer), agent === OPERATOR)
        : loop.submit(
            admitted.command,
            (outcome) => answer(replyTo(admitted.command.stamp.id, outcome)),
            admitted.asked,
          );
    if (taken) return;
    this.#count("busy");
    const id = admitted.kind === "question" ? admitted.id : admitted.command.stamp.id;
    answer(refusalReply(id, refuse("busy")));
  }

  /** What is seen of an agent elsewhere than in its commands. */
  saw(agent: AgentId, cause: ContainCause): void {
    this.#warden.saw(agent, cause);
  }

  /** Into the fleet's own lane, so that no flood keeps it out. Not taken now: the next window tells again. */
  #contain(body: ContainBody): void {
    const loop = this.#leading?.loop;
    if (loop !== undefined) loop.submit({ type: "Contain", stamp: innerStamp(loop), body });
  }

  #view(law: Law, from: AgentId, id: string, answer: (said: Reply) => void): () => void {
    const at = this.#leading?.loop.now() ?? this.#clock.now();
    const { seq } = law;
    if (from === OPERATOR) {
      const view = fleetView(law, at);
      const attribution = attributionView(law, this.#leading?.desk.parts());
      const marketAt = Math.max(0, ...[...law.markets.values()].map((one) => one.sourceAt));
      const told = { reportsThrough: law.reportsThrough, marketAt };
      return () => {
        const status: StatusView = {
          ...view,
          attribution,
          process: { ...this.#process(), ...told },
        };
        answer({ ok: true, id, seq, turn: 0, view: status });
      };
    }
    const view = agentView(law, from, at);
    const said: Reply =
      view === undefined
        ? refusalReply(id, refuse("unknown_agent", from))
        : { ok: true, id, seq, turn: 0, view };
    return () => answer(said);
  }

  #process(): Omit<ProcessView, "reportsThrough" | "marketAt"> {
    const head = this.#leading?.loop.head;
    return {
      headSeq: head?.seq ?? 0,
      headHash: head?.hash ?? "",
      p50Ms: this.#latencies.percentile(0.5),
      p99Ms: this.#latencies.percentile(0.99),
      refusedAtDoor: this.refusedAtDoor,
      booksEqualThrough: this.#leading?.booksEqualThrough ?? 0,
      pid: process.pid,
    };
  }

  #count(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }
}
