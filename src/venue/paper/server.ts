/**
 * The paper platform's HTTP front: JSON in and out on loopback, reports and marks as lines of JSON.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { EffectName } from "../../protocol/effects.ts";
import { VenueError } from "../port.ts";
import type { PaperPlatform } from "./platform.ts";
import { lookupAnswer } from "./venue.ts";
import { APPROVED } from "./wire-effects.ts";
import { toJson } from "./wire-fields.ts";

const BODY_BYTES_MAX = 64 * 1024;
/** An empty line this often tells a reader that the stream lives, in ms. */
const HEARTBEAT_MS = 2_000;

export interface PaperServerOptions {
  readonly platform: PaperPlatform;
  /** Callers must send it as a bearer token. */
  readonly token: string;
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Loopback unless said otherwise. */
  readonly host?: string;
}

export interface PaperServer {
  readonly url: string;
  readonly port: number;
  /** Takes nothing new, ends the streams, waits for what is being answered. */
  close(): Promise<void>;
}

class HttpRefusal extends Error {
  readonly status: number;
  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

function permitted(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > BODY_BYTES_MAX)
      throw new HttpRefusal(413, `a body is ${BODY_BYTES_MAX} bytes at most`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = toJson(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

/** Writes each item as one line until the reader leaves; waits for a slow reader. */
async function stream(
  response: ServerResponse,
  items: (signal: AbortSignal) => AsyncIterable<unknown>,
  stopping: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, stopping]);
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  const heartbeat = setInterval(() => response.write("\n"), HEARTBEAT_MS);
  try {
    for await (const item of items(signal)) {
      if (signal.aborted) break;
      if (!response.write(`${toJson(item)}\n`)) await drained(response, signal);
    }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const go = () => {
      response.off("drain", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    response.once("drain", go);
    signal.addEventListener("abort", go, { once: true });
  });
}

function approvedOf(body: string) {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new HttpRefusal(400, "the body is not JSON");
  }
  const read = APPROVED.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new HttpRefusal(400, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "bad request"}`);
}

function startOf(url: URL): number {
  const after = url.searchParams.get("after") ?? "0";
  if (!/^\d{1,15}$/.test(after)) throw new HttpRefusal(400, "after is a report number");
  return Number(after);
}

async function route(
  { platform }: PaperServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://paper");
  const call = `${request.method} ${url.pathname}`;
  if (call === "POST /v1/effects") {
    return answer(response, 200, platform.submit(approvedOf(await bodyOf(request))));
  }
  if (call.startsWith("GET /v1/effects/")) {
    const name = decodeURIComponent(url.pathname.slice("/v1/effects/".length)) as EffectName;
    return answer(response, 200, lookupAnswer(platform, name));
  }
  switch (call) {
    case "GET /v1/reports": {
      const after = startOf(url);
      const { reports } = platform.status();
      if (after > reports) throw new HttpRefusal(409, `the last report is ${reports}`);
      return stream(response, (signal) => platform.reports(after, signal), stopping);
    }
    case "GET /v1/marks":
      return stream(response, (signal) => platform.marks(signal), stopping);
    case "GET /v1/snapshot":
      return answer(response, 200, platform.snapshot());
    case "GET /v1/statement":
      return answer(response, 200, platform.statement());
    case "GET /v1/status":
      return answer(response, 200, platform.status());
    default:
      throw new HttpRefusal(404, "no such route");
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof HttpRefusal) {
    if (error.status === 413) response.setHeader("connection", "close");
    answer(response, error.status, { error: error.message });
    return;
  }
  const reason =
    error instanceof VenueError || error instanceof URIError ? error.message : "failed";
  answer(response, error instanceof URIError ? 400 : 500, { error: reason });
}

/** Opens the front. @throws the error of the socket when the port cannot be had. */
export async function openPaperServer(options: PaperServerOptions): Promise<PaperServer> {
  if (options.token.length < 8) throw new RangeError("a token has 8 characters or more");
  const stopping = new AbortController();
  const server: Server = createServer((request, response) => {
    const handled = permitted(request, options.token)
      ? route(options, request, response, stopping.signal)
      : Promise.reject(new HttpRefusal(401, "a bearer token is needed"));
    handled.catch((error: unknown) => refuse(response, error));
  });
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        stopping.abort();
        // A connection whose stream has just ended would be kept alive for seconds: let each go as
        // it idles.
        const sweep = setInterval(() => server.closeIdleConnections(), 20);
        server.close(() => {
          clearInterval(sweep);
          resolve();
        });
      }),
  };
}
