/** Watches the broker: who hears what, and who tries to speak where it may not. */

import { decodeCommand } from "../../wire/codec.ts";
import { inboxPrefix, type UserName } from "../../wire/subjects.ts";
import type { Watcher } from "../broker.ts";
import type { Counts } from "../counts.ts";
import type { SimMsg } from "../message.ts";
import type { Checker } from "./checker.ts";

const ANSWER_BYTES = 400;

/** What of an answer is looked at. */
interface Said {
  readonly seq?: unknown;
  readonly code?: unknown;
}

export class Ears implements Watcher {
  readonly #checker: Checker;
  readonly #fleet: string;
  readonly #counts: Counts | undefined;
  readonly #events: string;
  /** Reply subjects that their requester may not have chosen. */
  readonly #forged = new Set<string>();
  forgeries = 0;

  constructor(checker: Checker, fleet: string, counts?: Counts) {
    this.#counts = counts;
    this.#checker = checker;
    this.#fleet = fleet;
    this.#events = `fleet.${fleet}.evt.`;
  }

  published(from: string, { subject, reply, data }: SimMsg): void {
    if (from === "c_responder" || from === "c_operations") this.#answer(subject, data);
    if (from === "c_projector" && !this.#broken) this.#told(subject, data);
    if (reply !== undefined && !reply.startsWith(`${inboxPrefix(from as UserName)}.`)) {
      this.#forged.add(reply);
      this.forgeries += 1;
    }
    if (from.startsWith("c_") && this.#forged.has(subject)) {
      this.#checker.tell(
        "I10",
        `${from} answers to ${subject}, which another's request named`,
        subject,
      );
    }
  }

  /** After the first breach nothing that follows proves anything. */
  get #broken(): boolean {
    return this.#checker.breaches.length > 0;
  }

  /** An event was kept in the broker's stream of them. */
  kept(subject: string, data: Uint8Array): void {
    if (!this.#broken) this.#checker.reports.event(subject, data);
  }

  /** What is told to whoever listens, and not kept. */
  #told(subject: string, data: Uint8Array): void {
    if (subject === `fleet.${this.#fleet}.risk`) this.#checker.reports.risk(data);
    else if (subject.startsWith(`fleet.${this.#fleet}.mark.`)) this.#checker.reports.mark(data);
  }

  /** Nobody is told of a turn that is not stored, or of books other than those that are. */
  #answer(to: string, data: Uint8Array): void {
    if (data.length > ANSWER_BYTES) {
      if (!this.#broken) this.#checker.reports.reply(data, to);
      return;
    }
    const read = decodeCommand(data);
    const said = read.ok ? (read.value as Said) : {};
    if (said.code === "command_expired") this.#counts?.fired("late-refused");
    const { seq } = said;
    if (typeof seq !== "number" || seq <= this.#checker.length) return;
    const stored = this.#checker.length;
    this.#checker.tell("I4", `${to} is told of message ${seq}, ${stored} are stored`, to);
  }

  denied(from: string, subject: string): void {
    if (!from.startsWith("c_")) return;
    this.#checker.tell("I10", `${from} has no right to ${subject}`, subject);
  }

  delivered(to: string, subject: string): void {
    if (subject.startsWith(this.#events)) {
      const whose = subject.slice(this.#events.length, subject.indexOf(".", this.#events.length));
      const fine = whose === to || whose === "fleet" || to === "operator" || to === "observer";
      if (!fine) this.#checker.tell("I10", `${to} hears ${subject}`, subject);
    }
  }
}
