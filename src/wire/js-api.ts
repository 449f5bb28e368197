/** The few JetStream requests that the fleet makes, so that each user needs few rights. */
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { errors, headers } from "@nats-io/transport-node";

/** The broker did not answer: away, restarting, or without JetStream for the moment. */
export class BrokerAwayError extends Error {
  override readonly name = "BrokerAwayError";
  readonly code = "broker-away";
  readonly retryable = true;
}

/** The broker answered with an error of its own. */
export class BrokerRefusedError extends Error {
  override readonly name = "BrokerRefusedError";
  readonly code = "broker-refused";
  readonly retryable = false;
  /** The server's `err_code`, such as 10071. */
  readonly number: number;

  constructor(number: number, message: string) {
    super(`${message} (${number})`);
    this.number = number;
  }
}

/** Numbers of the server's own list of errors (server/errors.json). */
export const API = {
  noMessage: 10037,
  streamNotFound: 10059,
  streamInUse: 10058,
  wrongLastSequence: 10071,
} as const;

export interface Stored {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** When the broker stored it, by the broker's clock, epoch ms. None: absent where it is not told. */
  readonly storedAt?: number;
}

export interface StoreOptions {
  readonly stream: string;
  readonly id?: string;
  /** The last sequence of the whole stream. */
  readonly lastSeq?: number;
  /** The last sequence of this very subject; 0: none yet. */
  readonly lastSubjectSeq?: number;
}

type Json = Readonly<Record<string, unknown>>;

/** @throws BrokerAwayError, BrokerRefusedError; a right that is missing has the number 403. */
async function request(
  nc: NatsConnection,
  subject: string,
  payload: Uint8Array | string,
  timeout: number,
  hdrs?: MsgHdrs,
): Promise<{ data: Uint8Array; headers?: MsgHdrs | undefined }> {
  try {
    return await nc.request(subject, payload, {
      timeout,
      ...(hdrs === undefined ? {} : { headers: hdrs }),
    });
  } catch (cause) {
    const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    if (root instanceof errors.PermissionViolationError) {
      throw new BrokerRefusedError(403, `no right to ask ${subject}`);
    }
    throw new BrokerAwayError(`no answer to ${subject}: ${cause}`, { cause });
  }
}

const decoder = new TextDecoder();

function parse(data: Uint8Array): Json {
  const answer = JSON.parse(decoder.decode(data)) as Json;
  const fault = answer["error"] as { err_code?: number; code: number; description?: string };
  if (fault === undefined) return answer;
  throw new BrokerRefusedError(fault.err_code ?? fault.code, fault.description ?? "refused");
}

/** One request of `$JS.API`. @throws BrokerAwayError, BrokerRefusedError */
export async function callApi(
  nc: NatsConnection,
  subject: string,
  body: Json | undefined,
  timeout: number,
): Promise<Json> {
  const text = body === undefined ? "" : JSON.stringify(body);
  return parse((await request(nc, `$JS.API.${subject}`, text, timeout)).data);
}

/**
 * Publishes into a stream and answers the sequence, once it is stored. `duplicate`: a message of
 * this id was stored before; older servers say so without looking at what is expected.
 *
 * @throws BrokerRefusedError proven not stored; BrokerAwayError outcome unknown.
 */
export async function storeMessage(
  nc: NatsConnection,
  subject: string,
  bytes: Uint8Array,
  options: StoreOptions,
  timeout: number,
): Promise<{ readonly seq: number; readonly duplicate: boolean }> {
  const hdrs = headers();
  hdrs.set("Nats-Expected-Stream", options.stream);
  if (options.id !== undefined) hdrs.set("Nats-Msg-Id", options.id);
  if (options.lastSeq !== undefined) {
    hdrs.set("Nats-Expected-Last-Sequence", `${options.lastSeq}`);
  }
  if (options.lastSubjectSeq !== undefined) {
    hdrs.set("Nats-Expected-Last-Subject-Sequence", `${options.lastSubjectSeq}`);
  }
  const answer = parse((await request(nc, subject, bytes, timeout, hdrs)).data);
  return { seq: answer["seq"] as number, duplicate: answer["duplicate"] === true };
}

/** One message by the stream's leader. None: undefined when there is no such message. */
export async function readMessage(
  nc: NatsConnection,
  stream: string,
  which: { readonly seq: number } | { readonly last_by_subj: string },
  timeout: number,
): Promise<Stored | undefined> {
  try {
    const answer = await callApi(nc, `STREAM.MSG.GET.${stream}`, which, timeout);
    const message = answer["message"] as { seq: number; data?: string; time?: string };
    const storedAt = Date.parse(message.time ?? "");
    return {
      seq: message.seq,
      bytes: Buffer.from(message.data ?? "", "base64"),
      ...(Number.isNaN(storedAt) ? {} : { storedAt }),
    };
  } catch (fault) {
    if (fault instanceof BrokerRefusedError && fault.number === API.noMessage) return undefined;
    throw fault;
  }
}

/**
 * One message by any replica: fast, raw, and maybe behind the leader.
 *
 * None: undefined when that replica does not have it (yet).
 */
export async function readDirect(
  nc: NatsConnection,
  stream: string,
  seq: number,
  timeout: number,
): Promise<Stored | undefined> {
  const subject = `$JS.API.DIRECT.GET.${stream}`;
  const answer = await request(nc, subject, JSON.stringify({ seq }), timeout);
  if ((answer.headers?.code ?? 0) >= 300) return undefined;
  if (answer.headers?.get("Nats-Sequence") !== `${seq}`) return undefined;
  return { seq, bytes: answer.data };
}

/** First and last sequence and how many there are. */
export async function streamState(
  nc: NatsConnection,
  stream: string,
  timeout: number,
): Promise<{ firstSeq: number; lastSeq: number; messages: number }> {
  const info = await callApi(nc, `STREAM.INFO.${stream}`, undefined, timeout);
  const state = info["state"] as { first_seq: number; last_seq: number; messages: number };
  return { firstSeq: state.first_seq, lastSeq: state.last_seq, messages: state.messages };
}
