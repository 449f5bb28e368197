/** The venue port over HTTP: speaks to the paper platform's front, wherever it runs. */
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import type { z } from "zod";
import type { Approved, EffectAnswer, EffectName } from "../../protocol/effects.ts";
import type { Mark, VenueReport, VenueSnapshot } from "../../protocol/reports.ts";
import { type LookupAnswer, type VenueCapabilities, VenueError, type VenuePort } from "../port.ts";
import type { Statement } from "./books.ts";
import type { PlatformStatus } from "./platform.ts";
import { PAPER_CAPABILITIES } from "./venue.ts";
import { toJson } from "./wire-fields.ts";
import { ANSWER, LOOKUP, MARKS, REPORTS, SNAPSHOT, STATEMENT, STATUS } from "./wire-reports.ts";

export interface PaperClientOptions {
  /** As the server told it: `http://127.0.0.1:4567`. */
  readonly url: string;
  readonly token: string;
  /** How long an answer may take, in ms. */
  readonly timeoutMs?: number;
  /**
   * A stream that says nothing for this long is dead, in ms. The server speaks every two seconds.
   */
  readonly silenceMs?: number;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export class PaperClient implements VenuePort {
  readonly #options: PaperClientOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #closed = new AbortController();

  constructor(options: PaperClientOptions) {
    this.#options = options;
  }

  capabilities(): VenueCapabilities {
    return PAPER_CAPABILITIES;
  }

  /**
   * Never throws. Only the platform's own word is proof: all else, a refused connection too, is
   * unknown.
   */
  async submit(approved: Approved): Promise<EffectAnswer> {
    try {
      const reply = await this.#call("POST", "/v1/effects", toJson(approved));
      if (reply.status === 200) return read(ANSWER, reply.body);
      const reason = `${reply.status} ${reply.body.slice(0, 200)}`;
      const proof = reply.status === 400 || reply.status === 413;
      return { outcome: proof ? "rejected" : "unknown", reason };
    } catch (error) {
      return { outcome: "unknown", reason: reasonOf(error) };
    }
  }

  async lookup(name: EffectName): Promise<LookupAnswer> {
    try {
      const reply = await this.#call("GET", `/v1/effects/${encodeURIComponent(name)}`);
      if (reply.status === 200) return read(LOOKUP, reply.body);
      return { found: "unknown", reason: `${reply.status} ${reply.body.slice(0, 200)}` };
    } catch (error) {
      return { found: "unknown", reason: reasonOf(error) };
    }
  }

  reports(after: number, signal: AbortSignal): AsyncIterable<readonly VenueReport[]> {
    return this.#lines(`/v1/reports?after=${after}`, REPORTS, signal, false);
  }

  marks(signal: AbortSignal): AsyncIterable<readonly Mark[]> {
    return this.#lines("/v1/marks", MARKS, signal, true);
  }

  snapshot(): Promise<VenueSnapshot> {
    return this.#ask("/v1/snapshot", SNAPSHOT);
  }

  /** The platform's account of every unit. @throws VenueError when it does not answer. */
  statement(): Promise<Statement> {
    return this.#ask("/v1/statement", STATEMENT);
  }

  /** Where the tape stands. @throws VenueError when it does not answer. */
  status(): Promise<PlatformStatus> {
    return this.#ask("/v1/status", STATUS);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#agent.destroy();
  }

  async #ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    let reply: Reply;
    try {
      reply = await this.#call("GET", path);
    } catch (cause) {
      throw new VenueError("venue-unavailable", reasonOf(cause), { cause });
    }
    if (reply.status !== 200) throw refusalOf(reply.status, reply.body);
    return read(schema, reply.body);
  }

  #open(
    method: string,
    path: string,
    signal: AbortSignal,
    body?: string,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string | number> = {
        authorization: `Bearer ${this.#options.token}`,
      };
      if (body !== undefined) {
        headers["content-type"] = "application/json";
        headers["content-length"] = Buffer.byteLength(body);
      }
      const url = new URL(path, this.#options.url);
      const sent = httpRequest(url, { method, headers, agent: this.#agent, signal }, resolve);
      sent.once("error", reject);
      sent.end(body);
    });
  }

  async #call(method: string, path: string, sent?: string): Promise<Reply> {
    const limit = AbortSignal.timeout(this.#options.timeoutMs ?? 5_000);
    const signal = AbortSignal.any([limit, this.#closed.signal]);
    const response = await this.#open(method, path, signal, sent);
    const body = await bytesOf(response);
    return { status: response.statusCode ?? 0, body: body.toString("utf8") };
  }

  /**
   * One value per line until aborted. `newest`: of lines that came together only the last.
   * @throws VenueError when the stream ends by itself or is silent.
   */
  async *#lines<T>(
    path: string,
    schema: z.ZodType<T>,
    until: AbortSignal,
    newest: boolean,
  ): AsyncGenerator<T> {
    const silence = new AbortController();
    const signal = AbortSignal.any([until, this.#closed.signal, silence.signal]);
    const left = () => until.aborted || this.#closed.signal.aborted;
    const wait = this.#options.silenceMs ?? 10_000;
    let timer = setTimeout(() => silence.abort(), wait);
    try {
      const response = await this.#open("GET", path, signal);
      if (response.statusCode !== 200) {
        throw refusalOf(response.statusCode ?? 0, (await bytesOf(response)).toString("utf8"));
      }
      for await (const lines of linesOf(response)) {
        // A reader that takes its time is no silence of the server's.
        clearTimeout(timer);
        for (const line of newest ? lines.slice(-1) : lines) {
          if (left()) return;
          yield read(schema, line);
        }
        timer = setTimeout(() => silence.abort(), wait);
      }
      if (!left()) throw new VenueError("venue-unavailable", "the stream ended");
    } catch (cause) {
      if (left()) return;
      if (cause instanceof VenueError) throw cause;
      throw new VenueError("venue-unavailable", reasonOf(cause), { cause });
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }
}

/** The whole lines of each piece as it comes; empty ones (heartbeats) are left out. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    if (rest.length > ANSWER_BYTES_MAX)
      throw new VenueError("venue-protocol", "a line is too long");
    const end = rest.lastIndexOf("\n");
    if (end < 0) continue;
    const lines = rest.slice(0, end).split("\n");
    rest = rest.slice(end + 1);
    yield lines.filter((line) => line !== "");
  }
}

/** The whole body. @throws VenueError when it was cut off or is too long. */
async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > ANSWER_BYTES_MAX) throw new VenueError("venue-protocol", "the answer is too long");
    chunks.push(bytes);
  }
  if (!response.complete) throw new VenueError("venue-unavailable", "the answer was cut off");
  return Buffer.concat(chunks);
}

/** @throws VenueError when the text is not what was agreed. */
function read<T>(schema: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new VenueError("venue-protocol", "the platform answered no JSON", { cause });
  }
  const value = schema.safeParse(json);
  if (value.success) return value.data;
  const issue = value.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  throw new VenueError("venue-protocol", `the platform's answer: ${where} ${issue?.message ?? ""}`);
}

function refusalOf(status: number, body: string): VenueError {
  const code = status >= 500 ? "venue-unavailable" : "venue-protocol";
  return new VenueError(code, `${status} ${body.slice(0, 200)}`);
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.message} (${error.name})` : "no answer";
