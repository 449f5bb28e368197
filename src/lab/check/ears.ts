/** Watches the broker: who hears what, and who tries to speak where it may not. */
import { inboxPrefix, type UserName } from "../../wire/subjects.ts";
import type { Watcher } from "../broker.ts";
import type { Checker } from "./checker.ts";

export class Ears implements Watcher {
  readonly #checker: Checker;
  readonly #fleet: string;
  /** Reply subjects that their requester may not have chosen. */
  readonly #forged = new Set<string>();
  /** Replies that were rightly asked for, and not yet heard: what an answer may go to. */
  forgeries = 0;

  constructor(checker: Checker, fleet: string) {
    this.#checker = checker;
    this.#fleet = fleet;
  }

  published(from: string, subject: string, reply: string | undefined): void {
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

  denied(from: string, subject: string): void {
    if (!from.startsWith("c_")) return;
    this.#checker.tell("I10", `${from} has no right to ${subject}`, subject);
  }

  delivered(to: string, subject: string): void {
    const token = subject.split(".");
    if (token[0] === "fleet" && token[1] === this.#fleet && token[2] === "evt") {
      const [, , , whose] = token;
      const fine = whose === to || whose === "fleet" || to === "operator" || to === "observer";
      if (!fine) this.#checker.tell("I10", `${to} hears ${subject}`, subject);
    }
  }
}
