/** One message as the simulated broker carries it. */

/** What the product reads of a message's headers. */
export interface SimHeaders {
  readonly code?: number;
  get?(name: string): string;
}

export interface SimMsg {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply?: string | undefined;
  readonly headers?: SimHeaders | undefined;
  string?(): string;
}
