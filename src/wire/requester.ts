/** Sends commands and awaits replies: one subscription for all, the same bytes at each retry. */
import { randomBytes } from "node:crypto";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { COMMAND_BYTES_MAX } from "../core/limits.ts";
import { systemWireClock, type WireClock } from "./clock.ts";
import { inboxPrefix, type UserName } from "./subjects.ts";

/** A request had no reply. The command may have been done: only the same bytes are safe to send. */
export class RequestFault extends Error {
  override readonly name = "RequestFault";
  readonly code: RequestFaultCode;
  readonly retryable: boolean;

  constructor(code: RequestFaultCode, message: string) {
    super(message);
    this.code = code;
    this.retryable = code === "timeout" || code === "busy";
  }
}
export type RequestFaultCode = "timeout" | "busy" | "closed" | "too-long";

/** Pause before the same bytes are sent again when the broker says that nobody listens, ms. */
const NOBODY_MS = 100;
const NO_RESPONDERS = 503;

export interface RequesterOptions {
  readonly connection: NatsConnection;
  readonly user: UserName;
  /** How long one try waits, ms. */
  readonly tryMs?: number;
  /** How often the same bytes are sent at most. */
  readonly tries?: number;
  /** Requests under way at once; one more fails at once with `busy`. */
  readonly inFlightMax?: number;
  readonly clock?: WireClock;
  /** Tells the inboxes of two processes with one key apart; random when absent. */
  readonly session?: string;
}

export interface RequesterCounts {
  readonly sent: number;
  readonly replies: number;
  readonly retries: number;
  readonly timeouts: number;
  /** Replies to requests that were given up or answered before. */
  readonly late: number;
}

export interface Requester {
  /**
   * Sends and resolves with the reply's bytes.
   *
   * The bytes must name the command by an id: a try that had no reply is sent again as it was, and
   * the coordinator answers a known id with its first answer.
   *
   * Rejects with RequestFault: `timeout` after the last try, `busy`, `closed`, `too-long`.
   */
  request(subject: string, bytes: Uint8Array): Promise<Uint8Array>;
  readonly counts: RequesterCounts;
  /** Fails what is under way with `closed`. The connection stays the caller's. */
  close(): Promise<void>;
}

interface Pending {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (fault: RequestFault) => void;
  tries: number;
}

/** One entry of the clock's queue: every try waits equally long, so the queue is in order. */
interface Due {
  readonly token: number;
  readonly at: number;
}

/** Opens the user's inbox on a connection: one wildcard subscription for all replies. */
export function openRequester(options: RequesterOptions): Requester {
  return new InboxRequester(options);
}

class InboxRequester implements Requester {
  readonly #nc: NatsConnection;
  readonly #prefix: string;
  readonly #subscription: Subscription;
  readonly #tryMs: number;
  readonly #triesMax: number;
  readonly #inFlightMax: number;
  readonly #clock: WireClock;
  readonly #pending = new Map<number, Pending>();
  /** A list with a moving start, cut now and then: taking from the front of an array is slow. */
  #due: Due[] = [];
  #dueStart = 0;
  #cancel: (() => void) | undefined;
  #next = 0;
  #closed = false;
  readonly #counts = { sent: 0, replies: 0, retries: 0, timeouts: 0, late: 0 };

  constructor(options: RequesterOptions) {
    this.#nc = options.connection;
    this.#tryMs = options.tryMs ?? 2_000;
    this.#triesMax = options.tries ?? 5;
    this.#inFlightMax = options.inFlightMax ?? 4_096;
    this.#clock = options.clock ?? systemWireClock;
    // Two processes with one user's key do not take each other's replies.
    const session = options.session ?? randomBytes(9).toString("base64url");
    this.#prefix = `${inboxPrefix(options.user)}.${session}.`;
    this.#subscription = this.#nc.subscribe(`${this.#prefix}*`, {
      callback: (_, msg) => this.#onReply(msg),
    });
  }

  get counts(): RequesterCounts {
    return this.#counts;
  }

  request(subject: string, bytes: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#closed || this.#nc.isClosed()) {
        reject(new RequestFault("closed", "the connection is closed"));
        return;
      }
      if (bytes.length > COMMAND_BYTES_MAX) {
        reject(new RequestFault("too-long", `a command has at most ${COMMAND_BYTES_MAX} bytes`));
        return;
      }
      if (this.#pending.size >= this.#inFlightMax) {
        reject(new RequestFault("busy", `${this.#inFlightMax} requests are under way`));
        return;
      }
      const token = this.#next++;
      const pending: Pending = { subject, bytes, resolve, reject, tries: 0 };
      this.#pending.set(token, pending);
      this.#send(token, pending);
    });
  }

  #send(token: number, pending: Pending): void {
    pending.tries += 1;
    this.#due.push({ token, at: this.#clock.mono() + this.#tryMs });
    this.#cancel ??= this.#clock.after(this.#tryMs, () => this.#onTime());
    this.#publish(token, pending);
  }

  #publish(token: number, { subject, bytes }: Pending): void {
    this.#counts.sent += 1;
    this.#nc.publish(subject, bytes, { reply: `${this.#prefix}${token}` });
  }

  #onReply(msg: Msg): void {
    const token = Number(msg.subject.slice(this.#prefix.length));
    const pending = this.#pending.get(token);
    if (msg.data.length === 0 && msg.headers?.code === NO_RESPONDERS) {
      // The broker's word that nobody listens: soon somebody may. The try's time runs on.
      if (pending !== undefined) this.#clock.after(NOBODY_MS, () => this.#sendAgain(token));
      return;
    }
    if (pending === undefined) {
      this.#counts.late += 1;
      return;
    }
    this.#pending.delete(token);
    this.#counts.replies += 1;
    pending.resolve(msg.data);
  }

  #sendAgain(token: number): void {
    const pending = this.#pending.get(token);
    if (pending === undefined || this.#nc.isClosed()) return;
    this.#counts.retries += 1;
    this.#publish(token, pending);
  }

  /** Takes from the queue what is due; what was answered meanwhile is there no more. */
  #onTime(): void {
    this.#cancel = undefined;
    const now = this.#clock.mono();
    for (; this.#dueStart < this.#due.length; this.#dueStart++) {
      const { token, at } = this.#due[this.#dueStart] as Due;
      if (at > now && this.#pending.has(token)) break;
      const pending = this.#pending.get(token);
      if (pending !== undefined) this.#onTimeout(token, pending);
    }
    this.#due = this.#due.slice(this.#dueStart);
    this.#dueStart = 0;
    const first = this.#due[0];
    if (first === undefined || this.#cancel !== undefined) return;
    this.#cancel = this.#clock.after(Math.max(1, first.at - now), () => this.#onTime());
  }

  #onTimeout(token: number, pending: Pending): void {
    if (pending.tries < this.#triesMax && !this.#nc.isClosed()) {
      this.#counts.retries += 1;
      this.#send(token, pending);
      return;
    }
    this.#pending.delete(token);
    this.#counts.timeouts += 1;
    const text = `no reply to ${pending.subject} after ${pending.tries} tries`;
    pending.reject(new RequestFault("timeout", text));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    if (!this.#nc.isClosed()) this.#subscription.unsubscribe();
    const left = [...this.#pending.values()];
    this.#pending.clear();
    for (const each of left) each.reject(new RequestFault("closed", "the requester was closed"));
  }
}
