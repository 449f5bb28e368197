/** One client's connection to the simulated broker: what the product uses of the NATS client, no more. */
import type { Life } from "./life.ts";
import { type SimHeaders, SimMsg } from "./message.ts";
import type { SimStreams } from "./streams.ts";
import type { SimTime } from "./time.ts";

interface PublishOptions {
  readonly reply?: string;
  readonly headers?: SimHeaders;
}

interface SubscribeOptions {
  readonly callback: (fault: null, msg: SimMsg) => void;
}

export interface Subscription {
  readonly connection: SimConnection;
  readonly tokens: readonly string[];
  readonly hear: (msg: SimMsg) => void;
  open: boolean;
}

/** What a connection needs of its broker. */
interface Hub {
  readonly streams: SimStreams;
  readonly down: boolean;
  messages: number;
  subscribe(by: SimConnection, subject: string, hear: (msg: SimMsg) => void): Subscription;
  unsubscribe(one: Subscription): void;
  drop(connection: SimConnection): void;
  publish(from: SimConnection, msg: SimMsg): void;
  route(msg: SimMsg): void;
  repeat(subject: string, again: () => void): void;
  mayPublish(user: string, subject: string): boolean;
  loses(connection: SimConnection, way: "in" | "out"): boolean;
  delay(connection: SimConnection, way: "in" | "out"): number;
}

const bytesOf = (payload: Uint8Array | string | undefined): Uint8Array =>
  typeof payload === "string" ? Buffer.from(payload, "utf8") : (payload ?? new Uint8Array());

export class SimConnection {
  readonly user: string;
  readonly life: Life;
  readonly #broker: Hub;
  readonly #time: SimTime;
  readonly #statuses = new Set<(type: string) => void>();
  #closed = false;
  /** Cut off from the broker: what it sends, what it should hear. */
  cutIn = false;
  cutOut = false;
  /** When a partition last kept a message from or to it. */
  cutAt = Number.NEGATIVE_INFINITY;
  /** When the last message on each way arrives: the next one comes no earlier. */
  lastIn = 0;
  lastOut = 0;

  constructor(broker: Hub, user: string, life: Life, time: SimTime) {
    this.#broker = broker;
    this.user = user;
    this.life = life;
    this.#time = time;
  }

  isClosed(): boolean {
    return this.#closed;
  }

  subscribe(subject: string, { callback }: SubscribeOptions) {
    const made = this.#broker.subscribe(this, subject, (msg) => callback(null, msg));
    return {
      unsubscribe: () => this.#broker.unsubscribe(made),
      drain: async () => this.#broker.unsubscribe(made),
    };
  }

  publish(subject: string, payload?: Uint8Array | string, options: PublishOptions = {}): void {
    if (this.life.point(`publish ${subject}`)) return;
    const { reply, headers } = options;
    this.#broker.publish(this, new SimMsg(subject, bytesOf(payload), reply, headers));
  }

  /**
   * A request to the broker's own services. Its await is two points of the process: before it leaves,
   * and when it is done and the answer is on its way back.
   */
  request(
    subject: string,
    payload: Uint8Array | string,
    options: { readonly timeout: number; readonly headers?: SimHeaders },
  ): Promise<SimMsg> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("closed connection"));
      if (this.life.point(`ask ${subject}`)) return;
      const broker = this.#broker;
      const cancel = this.life.after(options.timeout, () => reject(new Error("timeout")));
      if (!broker.mayPublish(this.user, subject)) return;
      if (broker.loses(this, "in")) return;
      this.#time.after(broker.delay(this, "in"), () => {
        if (broker.down) return;
        const bytes = bytesOf(payload);
        const answer = broker.streams.ask(subject, bytes, options.headers);
        if (broker.streams.publishes(subject)) broker.route(new SimMsg(subject, bytes));
        broker.repeat(subject, () => broker.streams.ask(subject, bytes, options.headers));
        if (this.life.point(`answer ${subject}`)) return;
        if (broker.loses(this, "out") || broker.streams.losesAnswer(subject)) return;
        this.#time.after(broker.delay(this, "out") + broker.streams.stall(subject), () =>
          this.life.run(() => {
            cancel();
            broker.messages += 1;
            resolve(answer);
          }),
        );
      });
    });
  }

  /** Resolves when the broker has heard all that was sent. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.life.after(2, resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#broker.drop(this);
  }

  /** Tells the client's owner that the connection was lost or came back. */
  tell(type: "disconnect" | "reconnect"): void {
    for (const told of [...this.#statuses]) this.life.run(() => told(type));
  }

  async *status(): AsyncGenerator<{ readonly type: string }> {
    for (;;) {
      const type = await new Promise<string>((resolve) => {
        const told = (what: string): void => {
          this.#statuses.delete(told);
          resolve(what);
        };
        this.#statuses.add(told);
      });
      yield { type };
    }
  }
}
