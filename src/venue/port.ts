/** The port to a venue: effects go out by name, numbered reports and marks come in. */
import type { Approved, EffectAnswer, EffectName } from "../protocol/effects.ts";
import type { Mark, VenueReport, VenueSnapshot } from "../protocol/reports.ts";

/** How far a name reaches at this venue, and what else an adapter may rely on. */
export interface VenueCapabilities {
  readonly venue: string;
  /** `account`: a name is unique for ever. `open`: only among open orders. `none`: no names. */
  readonly idScope: "account" | "open" | "none";
  readonly lookupById: boolean;
  readonly nativeStops: boolean;
  /** Cancels open orders when not told in time, in ms; 0 is none. */
  readonly deadMansSwitchMs: number;
  readonly games: boolean;
  readonly escrow: boolean;
  readonly lending: boolean;
  readonly domains: boolean;
}

/** What is known of a name. `absent` is proof that the venue never took it. */
export type LookupAnswer =
  | { readonly found: "accepted" }
  | { readonly found: "rejected"; readonly reason: string }
  | { readonly found: "absent" }
  | { readonly found: "unknown"; readonly reason: string };

/**
 * A venue. No method retries by itself, and `submit` never throws: what is not proved is `unknown`.
 * Submitting a name twice has the effect once and gives the same answer.
 */
export interface VenuePort {
  capabilities(): VenueCapabilities;
  submit(approved: Approved): Promise<EffectAnswer>;
  lookup(name: EffectName): Promise<LookupAnswer>;
  /** Reports after number `after`, in order, in the batches in which they came, until aborted. */
  reports(after: number, signal: AbortSignal): AsyncIterable<readonly VenueReport[]>;
  /** Conflated marks of all markets: the newest, at most once per interval. */
  marks(signal: AbortSignal): AsyncIterable<readonly Mark[]>;
  /** @throws VenueError when the venue does not answer: a failed question is not an empty answer. */
  snapshot(): Promise<VenueSnapshot>;
  close(): Promise<void>;
}

/** A venue that failed to answer. */
export class VenueError extends Error {
  override readonly name = "VenueError";
  readonly code: "venue-unavailable" | "venue-protocol";
  readonly retryable: boolean;
  constructor(code: VenueError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = code === "venue-unavailable";
  }
}
