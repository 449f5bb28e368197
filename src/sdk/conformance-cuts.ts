/** A specialist that is cut in the middle of a decision: the process gone, its requests half out, and a new start. */
import { formatMicro, type Micro, max, micro } from "../core/money.ts";
import { usdcOf } from "./amounts.ts";
import type { Body } from "./conformance-act.ts";
import { type ConformanceOptions, demand, Ground } from "./conformance-ground.ts";
import { type Maker, RUN_MS } from "./conformance-hostile.ts";
import { NAMES } from "./conformance-practice.ts";
import type { SpecialistDefinition } from "./define.ts";
import { type Intent, isReducing } from "./intent.ts";
import type { FleetLink } from "./link.ts";

/** One request that arrived, and the decision that it belongs to, counted from 1. */
interface Arrived {
  readonly command: string;
  /** What it does, under whatever name; "" when it opens nothing. */
  readonly essence: string;
  /** What it asks for, in millionths of USDC; 0 where it names no amount. */
  readonly amount: Micro;
  readonly decision: number;
  readonly ok: boolean;
  /** What of the delegation was in use after it, in millionths of USDC. */
  readonly used: Micro;
}

/** How many cut points are tried whatever their shape. */
const ALWAYS = 16;
/** How long the next start is watched, in ms; and so many runs more where it has yet to do something. */
const [AFTER_MS, RUNS_MAX] = [10_000, 3];
/** Largest exposure after a cut, in times of the largest without one, that is no doubling. */
const TIMES_MAX = 2n;

/** What a second decision makes anew, whatever it is for. */
const ANEW: ReadonlySet<string> = new Set(["reservation", "clientSeed"]);

/**
 * An intent without its names: by it two intents do the same. A reservation does nothing yet: one that
 * nobody draws on ends with its time.
 */
function asked(command: string, body: Body): Pick<Arrived, "essence" | "amount"> {
  const amount = usdcOf(String(body["asset"] ? "0" : (body["amount"] ?? "0")));
  if (command === "Reserve" || isReducing({ command, body } as Intent))
    return { essence: "", amount };
  const same = Object.entries(body)
    .filter(([field]) => field !== NAMES[command] && !ANEW.has(field))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { essence: `${command} ${JSON.stringify(Object.fromEntries(same))}`, amount };
}

/** One process: its requests are written down, and after so many of them it is gone. */
class Life {
  readonly arrived: Arrived[] = [];
  gone = false;
  readonly #ground: Pick<Ground<never, never>, "decisions" | "used">;
  readonly #lives: number;
  #unlisten: (() => void)[] = [];

  /** @param lives how many requests arrive; it never sees the answer to the last one. */
  constructor(ground: Pick<Ground<never, never>, "decisions" | "used">, lives: number) {
    this.#ground = ground;
    this.#lives = lives;
  }

  over(link: FleetLink): FleetLink {
    const heard = (stop: () => void): (() => void) => {
      this.#unlisten.push(stop);
      return stop;
    };
    return {
      request: async (command, body, options) => {
        if (this.arrived.length === this.#lives) return this.#end();
        const { decisions: decision } = this.#ground;
        const at = this.arrived.length;
        const sent = { command, decision, ...asked(command, { ...body }) };
        this.arrived.push({ ...sent, ok: false, used: this.#ground.used });
        const reply = await link.request(command, body, options);
        this.arrived[at] = { ...sent, ok: reply.ok, used: this.#ground.used };
        if (this.arrived.length === this.#lives) return this.#end();
        return reply;
      },
      view: () => (this.gone ? this.#end() : link.view()),
      events: (onEvent) => heard(link.events(onEvent)),
      marks: (onMark) => heard(link.marks(onMark)),
      beat: (state) => {
        if (!this.gone) link.beat(state);
      },
      close: () => link.close(),
    };
  }

  /** From here on it waits for ever: a process that is gone does nothing, not even fail. */
  #end(): Promise<never> {
    this.gone = true;
    for (const stop of this.#unlisten) stop();
    return new Promise(() => undefined);
  }
}

/** Of one decision, what was taken and opens something. */
const openings = (arrived: readonly Arrived[], decision: number): readonly Arrived[] =>
  arrived.filter((one) => one.decision === decision && one.ok && one.essence !== "");

const timesOf = (arrived: readonly Arrived[], { essence }: Arrived): number =>
  arrived.filter((one) => one.essence === essence).length;

/**
 * What the next start did that the one before had done: the same again, which the life that is not cut
 * does not do again, and by which more is in use than in that life. "": nothing.
 */
function doneTwice(cut: Life, next: Life, whole: Whole, decision: number): string {
  const [sent, again] = [openings(cut.arrived, decision), openings(next.arrived, decision + 1)];
  const usual = openings(whole.arrived, decision + 1);
  const near = whole.arrived.filter((one) => Math.abs(one.decision - decision) <= 1);
  const most = near.reduce((high, { used }) => max(high, used), micro(0n));
  const found = again.find(
    (one) =>
      timesOf(sent, one) > 0 &&
      timesOf(again, one) > timesOf(usual, one) &&
      one.used > most + one.amount / 2n,
  );
  return found?.essence ?? "";
}

const shapeOf = (one: Arrived | undefined): string =>
  one === undefined ? "" : `${one.command} ${one.ok} ${one.essence}`;

/**
 * After how many requests it is cut: each of the first few, then one for each shape, which is what the
 * decision had sent, and what it would have sent next.
 */
function cutPoints({ arrived, decisions }: Whole): readonly number[] {
  const seen = new Set<string>();
  const points: number[] = [];
  for (let lives = 0; lives < arrived.length; lives++) {
    const [last, next] = [arrived[lives - 1], arrived[lives]];
    // The next decision of the life that is not cut is what this one is compared with.
    if ((last?.decision ?? 0) >= decisions) break;
    const sent = arrived.slice(0, lives).filter(({ decision }) => decision === last?.decision);
    const shape = [...sent, next].map(shapeOf).join(", ");
    if (lives > ALWAYS && seen.has(shape)) continue;
    seen.add(shape);
    points.push(lives);
  }
  return points;
}

/** A life that is not cut. */
interface Whole {
  readonly arrived: readonly Arrived[];
  readonly decisions: number;
  readonly largest: bigint;
}

async function cutAt<C, M>(
  definition: SpecialistDefinition<C, M>,
  options: ConformanceOptions,
  lives: number,
  whole: Whole,
): Promise<void> {
  const ground = new Ground(definition, options, {}, { ordersWork: true });
  const cut = new Life(ground, lives);
  ground.start((link) => cut.over(link));
  while (!cut.gone && ground.clock.now() < (options.runMs ?? RUN_MS)) await ground.pass(250);
  const before = ground.decisions;
  const last = cut.arrived.at(-1);
  const told = `cut after request ${lives} (${last?.command ?? "none"})`;
  const next = new Life(ground, Number.POSITIVE_INFINITY);
  const running = ground.start((link) => next.over(link));
  await ground.pass(AFTER_MS);
  ground.judge(running, told);
  demand(ground.decisions > before, `${told} and started again, it decided nothing more`);
  const twice = doneTwice(cut, next, whole, before);
  demand(twice === "", `${told} and started again, it did again what was taken: ${twice}`);
  const [most, least] = [ground.practice.largest, whole.largest];
  demand(
    least === 0n || most <= TIMES_MAX * least,
    `${told} and started again, it came to hold ${formatMicro(micro(most))} USDC, and ` +
      `${formatMicro(micro(least))} when it is not cut`,
  );
  // What the life that is not cut still did after this point, this one must find something of to do.
  const rest = whole.arrived.slice(lives).some(({ command, ok }) => command !== "Renew" && ok);
  const did = (): boolean => next.arrived.some(({ command, ok }) => command !== "Renew" && ok);
  for (let runs = 0; rest && !did() && runs < RUNS_MAX; runs++) {
    await ground.pass(options.runMs ?? RUN_MS);
    ground.judge(running, told);
  }
  demand(!rest || did(), `${told} and started again, it never did anything more`);
  await running.stop();
}

/** Cut at each point of a decision and started again, it finds in the fleet's truth what it had done. */
export const cutShort: Maker = (definition, options) => async () => {
  const runMs = options.runMs ?? RUN_MS;
  const ground = new Ground(definition, options, {}, { ordersWork: true });
  const life = new Life(ground, Number.POSITIVE_INFINITY);
  const running = ground.start((link) => life.over(link));
  await ground.pass(runMs);
  ground.judge(running);
  await running.stop();
  const { arrived } = life;
  const whole = { arrived, decisions: ground.decisions, largest: ground.practice.largest };
  for (const lives of cutPoints(whole)) await cutAt(definition, options, lives, whole);
};
