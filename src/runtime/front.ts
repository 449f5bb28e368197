/** The coordinator's front: hears commands and questions, and answers what the loop has stored. */
import process from "node:process";
import { type AgentId, OPERATOR } from "../core/ids.ts";
import type { Millis } from "../core/time.ts";
import { attributionView } from "../fleet/attribution.ts";
import { isLie } from "../fleet/lies.ts";
import type { Law } from "../fleet/state.ts";
import { agentView, fleetView } from "../fleet/views.ts";
import type { ProcessView } from "../protocol/process-view.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { Command, ContainBody, Reply } from "../protocol/turns.ts";
import type { StatusView } from "../protocol/views.ts";
import type { ContainCause } from "../protocol/words.ts";
import { encode } from "../wire/codec-encode.ts";
import type { Incoming, Responder, ResponderCounts } from "../wire/responder.ts";
import type { Clock } from "./clock.ts";
import type { Containment } from "./containment-rules.ts";
import { type Admitted, admitAgent, admitOperator } from "./door.ts";
import { LateClaims } from "./late-claims.ts";
import { Latencies } from "./latency.ts";
import type { Leading } from "./leading.ts";
import { RateLimiter } from "./rates.ts";
import { refusalReply, replyTo } from "./replies.ts";
import { Shutter } from "./shutter.ts";
import { innerStamp } from "./venue-link.ts";
import type { Opened, Outcome } from "./waiting.ts";
import { causeOf, Warden } from "./warden.ts";

/** Refused at the door, by code: these are counted, not journaled. */
export type DoorCounts = Readonly<Record<string, number>>;

type Answers = (said: Reply) => void;

const DEFAULT_RATE = { perSecond: 100_000, burst: 100_000 };

/** Refusals of one cause that one agent is answered within a window; the rest is only counted. */
const ANSWERED_MAX = 100;
/** Of a flood fewer: who sends more than these is shut out by then, and each is work that the others wait for. */
const FLOOD_ANSWERED_MAX = 50;

/** Tokens that a command of a flooding agent costs: a tenth of its rate is left, enough to reduce by. */
const FLOOD_COST = 10;

/** Commands that it may send at once when it is heard again: enough to reduce by. */
const HEARD_AGAIN = 10;

/** Depth of a view: maps in lists in maps, and some to spare. */
const VIEW_DEPTH = 16;

export class Front {
  readonly #clock: Clock;
  readonly #rates = new RateLimiter(DEFAULT_RATE);
  readonly #warden: Warden;
  readonly #shutter: Shutter;
  readonly #late = new LateClaims();
  readonly #refused = new Map<string, number>();
  readonly #latencies = new Latencies();
  #leading: Leading | undefined;
  /** Time from arrival to answer, all in all, ms. */
  readonly tookMs = { agents: 0, operator: 0 };
  /** What the responders keep from coming here: too long, or with a reply that is aimed elsewhere. */
  #dropped: readonly ResponderCounts[] = [];
  #hearOnly: Responder["hearOnly"] | undefined;

  constructor(clock: Clock, rules: Containment) {
    this.#clock = clock;
    this.#warden = new Warden(
      clock,
      rules,
      (body) => this.#contain(body),
      (agent, again) => this.#shutOut(agent, again),
    );
    this.#shutter = new Shutter(
      clock,
      () => this.#leading?.loop.law.agents.keys() ?? [],
      (agents) => this.#hearOnly?.(agents),
    );
  }

  /** What commands are decided by; undefined while this process does not lead. */
  set leading(leading: Leading | undefined) {
    this.#leading = leading;
    const rate = leading?.loop.law.policy?.rate;
    if (rate !== undefined) this.#rates.rule = rate;
  }

  /** By whom commands come in. */
  listens(agents: Responder, operator: Responder): void {
    this.#dropped = [agents.counts, operator.counts];
    this.#hearOnly = agents.hearOnly;
  }

  get refusedAtDoor(): DoorCounts {
    const all = new Map(this.#refused);
    const sum = (pick: (counts: ResponderCounts) => number): number =>
      this.#dropped.reduce((total, counts) => total + pick(counts), 0);
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
    loop.breathe(begun);
    const { agent, reply } = incoming;
    const answer: Answers = (said) => {
      reply(encode(said, VIEW_DEPTH));
      const ms = this.#clock.mono() - begun;
      this.#latencies.add(ms);
      this.tookMs[agent === OPERATOR ? "operator" : "agents"] += ms;
    };
    const cost = this.#warden.isFlooding(agent) ? FLOOD_COST : 1;
    if (agent !== OPERATOR && !this.#rates.take(agent, begun, cost)) {
      return this.#refuse(agent, "", refuse("rate_limited"), answer);
    }
    const taken = loop.hear(agent, () => this.#open(incoming, loop.now(), answer));
    if (taken) return;
    this.#count("busy");
    answer(refusalReply("", refuse("busy")));
  }

  /** Reads what has its turn. None: undefined when the door refuses it. */
  #open({ agent, command, bytes }: Incoming, now: Millis, answer: Answers): Opened | undefined {
    const admitted: Admitted =
      agent === OPERATOR
        ? admitOperator(command, bytes, now)
        : admitAgent(agent, command, bytes, now);
    if (admitted.kind === "refused") {
      this.#refuse(agent, admitted.id, admitted.rejection, answer);
      return undefined;
    }
    if (admitted.kind === "question") {
      const { from, id } = admitted;
      return { question: (law) => this.#view(law, from, id, answer) };
    }
    const { asked, command: stamped } = admitted;
    return {
      command: stamped,
      told: (outcome) => {
        answer(replyTo(stamped.stamp.id, outcome));
        this.#heed(stamped, outcome);
      },
      asked,
    };
  }

  /** Who claims again and again what the books contradict is told of, whatever becomes of each claim. */
  #heed(command: Command, outcome: Outcome): void {
    const law = this.#leading?.loop.law;
    const rejection =
      "rejection" in outcome
        ? outcome.rejection
        : "refused" in outcome
          ? outcome.refused
          : undefined;
    const { from } = command.stamp;
    if (law === undefined || from === OPERATOR) return;
    if (rejection === undefined) return this.#late.accepted(command);
    if (!isLie(law, command, rejection)) return;
    this.#warden.saw(from, "lies", this.#late.excuses(command, rejection.code));
  }

  #refuse(agent: AgentId, id: string, rejection: Rejection, answer: Answers): void {
    this.#count(rejection.code);
    const cause = agent === OPERATOR ? undefined : causeOf(rejection.code);
    const seen = cause === undefined ? 0 : this.#warden.saw(agent, cause);
    // Who floods is not worth the answers: the others would wait for them.
    const most = cause === "flood" ? FLOOD_ANSWERED_MAX : ANSWERED_MAX;
    if (seen <= most) answer(refusalReply(id, rejection));
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

  /**
   * Who floods is not heard for a while, nor does anybody wait for what of its burst has not had its turn.
   *
   * @returns how long it is not heard, ms.
   */
  #shutOut(agent: AgentId, again: boolean): number {
    const now = this.#clock.mono();
    const ms = this.#shutter.shut(agent, again);
    this.#rates.pause(agent, now, now + ms, HEARD_AGAIN * FLOOD_COST);
    this.#count("rate_limited", this.#leading?.loop.forget(agent) ?? 0);
    return ms;
  }

  #view(law: Law, from: AgentId, id: string, answer: Answers): () => void {
    const at = this.#leading?.loop.now() ?? this.#clock.now();
    const { seq } = law;
    if (from === OPERATOR) {
      const view = fleetView(law, at);
      const attribution = attributionView(law, at, this.#leading?.desk.parts());
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

  /** Counts what was not handed on to the law. */
  refused(code: string): void {
    this.#count(code);
  }

  #count(code: string, times = 1): void {
    if (times > 0) this.#refused.set(code, (this.#refused.get(code) ?? 0) + times);
  }
}
