/** One message as the simulated broker carries it. */

/** What the product reads of a message's headers. */
export interface SimHeaders {
  readonly code?: number;
  get?(name: string): string;
}

const decoder = new TextDecoder();

/** As it is handed to whoever listens: the same bytes for all of them, read once where it is text. */
export class SimMsg {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply: string | undefined;
  readonly headers: SimHeaders | undefined;
  #text: string | undefined;

  constructor(subject: string, data: Uint8Array, reply?: string, headers?: SimHeaders) {
    this.subject = subject;
    this.data = data;
    this.reply = reply;
    this.headers = headers;
  }

  string(): string {
    this.#text ??= decoder.decode(this.data);
    return this.#text;
  }
}
