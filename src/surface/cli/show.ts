/** Shows a run as it goes: events, what its processes say of themselves, the state now and then. */
import type { PublicEvent } from "../../protocol/public.ts";
import type { StatusView } from "../../protocol/views.ts";
import type { FleetNews } from "../../runtime/fleet.ts";
import { Account } from "./account.ts";
import { type Line, paintLine, type Tone } from "./account-tone.ts";
import type { Io } from "./io.ts";
import { plainText, span } from "./numbers.ts";
import { statusLine } from "./status-text.ts";
import { countEvent, noCounts, type RunCounts } from "./summary.ts";

/** Many a second, and of no use to a reader of lines; `flotilla watch --all` has them. */
const NOT_TOLD = new Set([
  ...["MarksSet", "PricesRead", "ReportsTaken", "DeadlinesPassed", "EffectAnswered"],
]);

/** A rest is told when it has lasted so long, in ms: many are over at once. */
const REST_TOLD_MS = 1_500;
/** The same reason to rest is not told again before so long, in ms. */
const REST_AGAIN_MS = 20_000;

interface Rest {
  readonly line: Line;
  told: boolean;
}

export class Show {
  readonly run: RunCounts = noCounts();
  readonly #io: Io;
  readonly #account = new Account();
  /** The last rest of each agent, while it lasts; and what was told of it last. */
  readonly #rests = new Map<string, Rest>();
  readonly #lastTold = new Map<string, Line>();
  #ending = false;
  #leads: () => void = () => undefined;
  /** Resolves when the coordinator of this run leads. */
  readonly leads = new Promise<void>((resolve) => {
    this.#leads = resolve;
  });

  constructor(io: Io) {
    this.#io = io;
  }

  event(event: PublicEvent): void {
    countEvent(this.run, event);
    // A line's kind is its own; what an event calls its kind is told beside it.
    const { kind: what, ...fields } = event;
    const told = what === undefined ? fields : { ...fields, what };
    if (!NOT_TOLD.has(event.type)) this.#io.tell({ kind: "event", ...told });
    for (const line of this.#account.take(event)) this.#line(line);
  }

  quiet(): void {
    const now = Date.now();
    for (const line of this.#account.quiet(now)) this.#line(line);
    for (const [who, rest] of this.#rests) {
      if (rest.told || now - rest.line.at < REST_TOLD_MS) continue;
      rest.told = true;
      const last = this.#lastTold.get(who);
      if (last?.text === rest.line.text && now - last.at < REST_AGAIN_MS) continue;
      this.#lastTold.set(who, rest.line);
      this.#line(rest.line);
    }
  }

  status(view: StatusView): void {
    for (const line of this.#account.refusals(Date.now())) this.#line(line);
    const { counts: _, ...told } = view;
    this.#io.tell({ kind: "status", ...told });
    this.#io.say(statusLine(view, this.#io.paint));
  }

  /** From now on processes end because they were told to. */
  ending(): void {
    this.#ending = true;
    for (const line of this.#account.quiet(Number.MAX_SAFE_INTEGER)) this.#line(line);
    this.#io.say("");
  }

  step(text: string): void {
    this.#io.tell({ kind: "step", text });
    this.#io.say(this.#io.paint.dim(text));
  }

  trouble(text: string): void {
    this.#io.tell({ kind: "trouble", text });
    this.#say("fleet", text, "bad");
  }

  news(news: FleetNews): void {
    switch (news.type) {
      case "step":
        return this.step(news.text);
      case "phase":
        this.#io.tell({ kind: "phase", who: news.who, phase: news.phase, why: news.why });
        return this.#phase(news.who, news.phase, plainText(news.why));
      case "death": {
        if (this.#ending) return;
        const { name, code, signal, againInMs, hungMs, failed } = news;
        this.#io.tell({ kind: "death", name, code, signal, againInMs, hungMs, failed });
        const how =
          failed !== undefined
            ? `it could not be started anew (${failed})`
            : hungMs === undefined
              ? `the process ended (${signal ?? `code ${code}`})`
              : `hung: it said nothing for ${span(hungMs)} and was ended`;
        const next = againInMs === undefined ? "" : `; it is started anew in ${span(againInMs)}`;
        return this.#say(name, `${how}${next}`, "bad");
      }
    }
  }

  #phase(who: string, phase: string, why: string): void {
    if (who === "coordinator") {
      if (phase === "leading") {
        this.#leads();
        this.#say("fleet", "the coordinator leads", "good");
      }
      if (phase === "standby") this.#say("fleet", "the coordinator stands by", "dim");
      else if (phase === "failed") this.#say("fleet", "the coordinator failed", "bad");
      return;
    }
    this.#rests.delete(who);
    if (phase === "resting" || phase === "reducing" || phase === "halted") {
      const text = `${phase}${why === "" ? "" : `: ${why}`}`;
      const tone = phase === "resting" ? "dim" : "warn";
      this.#rests.set(who, { line: { at: Date.now(), who, text, tone }, told: false });
    }
    if (phase === "failed") this.#say(who, `failed${why === "" ? "" : `: ${why}`}`, "bad");
  }

  #say(who: string, text: string, tone: Tone): void {
    this.#line({ at: Date.now(), who, text, tone });
  }

  #line(line: Line): void {
    this.#io.say(paintLine(line, this.#io.paint));
  }
}
