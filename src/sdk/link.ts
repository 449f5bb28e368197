/** What a specialist needs of the fleet: to ask, to see, to hear, and to say that it lives. */
import type { AgentCommandName, AgentRequest } from "../protocol/commands.ts";
import type { Reply } from "../protocol/turns.ts";
import type { AgentView } from "../protocol/views.ts";

/** A command as an agent writes it; the link adds the envelope: the request's id and expiry. */
export type CommandBody<N extends AgentCommandName> = {
  [K in AgentCommandName]: Omit<AgentRequest<K>, "id" | "exp">;
}[N];

export interface RequestOptions {
  /** Names the request for ever. The same id, expiry and body again are answered, never done twice. */
  readonly id?: string;
  /** When it stops being meant, epoch ms. Part of what the id stands for. */
  readonly exp?: number;
  /** How long to ask, with retries, in ms. */
  readonly timeoutMs?: number;
}

/** An event as observers read it: the envelope, and whatever the event itself carries. */
export interface PublicEvent {
  readonly id: string;
  readonly seq: number;
  readonly time: number;
  /** `fleet` for what concerns all. */
  readonly agent: string;
  readonly type: string;
  readonly cause: string;
  readonly [field: string]: unknown;
}

/** The newest price of a market, as the source made it. */
export interface MarkMessage {
  readonly market: string;
  readonly price: string;
  /** The source's own (market) time, epoch ms. */
  readonly at: number;
}

/** The few numbers that go with a beat, so that the fleet's tools can show them. */
export interface BeatCounts {
  readonly decisions: number;
  readonly intents: number;
  readonly refused: number;
  readonly failures: number;
  readonly answers: number;
  readonly answersMs: number;
}

export interface Beat {
  readonly phase: string;
  readonly note: string;
  /** One text for each start of the process: a new one without a last word tells that it died. */
  readonly life?: string;
  readonly counts?: BeatCounts;
}

/**
 * One agent's connection to its fleet.
 *
 * A refusal is a `Reply` with `ok: false`. What the world did to the request is a `LinkError`. After
 * one with code `timeout` nothing is known: ask again with the same id, or look at the view.
 */
export interface FleetLink {
  /** @throws LinkError `timeout` when nobody answered in time, `closed` when the link is gone. */
  request<N extends AgentCommandName>(
    command: N,
    body: CommandBody<N>,
    options?: RequestOptions,
  ): Promise<Reply>;
  /** The agent's own truth. @throws LinkError as `request`, and `refused` when it is refused. */
  view(): Promise<AgentView>;
  /**
   * Events of this agent and of the fleet, in order, at least once; the runner tells each once at most.
   * Returns how to stop listening.
   */
  events(onEvent: (event: PublicEvent) => void): () => void;
  marks(onMark: (mark: MarkMessage) => void): () => void;
  beat(state: Beat): void;
  close(): Promise<void>;
}

/** The link could not do it. `retryable` ones may be tried again over the same link. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: "timeout" | "closed" | "refused" | "unreadable";
  readonly retryable: boolean;
  constructor(code: LinkError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = code !== "closed";
  }
}
