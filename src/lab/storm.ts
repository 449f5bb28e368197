/** Makes the faults of a run happen: rates that hold all along, and strikes at random moments. */
import { ppm } from "../core/ppm.ts";
import { stillFor } from "../fleet/stillness.ts";
import type { Strike } from "../venue/paper/strikes.ts";
import { CALM } from "./broker.ts";
import type { SimConnection } from "./connection.ts";
import type { CoordinatorHost } from "./coordinator-host.ts";
import { damage } from "./damage.ts";
import { type FaultName, HALTING } from "./faults.ts";
import { Halt } from "./halt.ts";
import { Hostile } from "./hostile.ts";
import { OperatorStorm } from "./operator.ts";
import { CRASH } from "./plan.ts";
import { SOUND } from "./streams.ts";
import { feederDies, killInOutage, letBet, misspelt } from "./strikes.ts";
import { FAIR } from "./venue.ts";
import type { World } from "./world.ts";

/** How often a person looks at the fleet, ms. */
const LOOK_MS = 30_000;

export class Storm {
  readonly #world: World;
  readonly #chance;
  readonly #hostile: Hostile;
  readonly #operator: OperatorStorm;
  /** The journal was damaged: refusing to lead is right until it is mended. None: undefined before. */
  halt: Halt | undefined;
  over = false;
  constructor(world: World) {
    this.#world = world;
    this.#chance = world.chance.of("storm");
    this.#hostile = new Hostile(world);
    this.#operator = new OperatorStorm(world);
  }

  #on(fault: FaultName): boolean {
    return this.#world.options.faults.includes(fault);
  }

  /** A chance where its fault is on, nothing where it is not. */
  #rate(fault: FaultName, rate: number): number {
    return this.#on(fault) ? rate * this.#world.options.strength : 0;
  }

  start(): void {
    const world = this.#world;
    // The fleet comes up in peace: a wallet without deposits shows nothing.
    world.time.after(20_000, () => this.#rise());
    this.#look();
    letBet(world, this.#operator, LOOK_MS * world.options.slow);
    if (world.options.mode === "liveness") {
      world.time.after((world.options.minutes * 60_000) / 2, () => this.stop());
    }
  }

  /** Somebody asks for the fleet's status again and again: the judges read the answer along. */
  #look(): void {
    this.#world.time.after(LOOK_MS * this.#world.options.slow, () => {
      this.#operator.give("Status", {});
      this.#look();
    });
  }

  #rise(): void {
    const { broker, streams } = this.#world;
    const rate = (fault: FaultName, most: number): number => this.#rate(fault, most);
    broker.rates = {
      drop: rate("drop", 0.05),
      duplicate: rate("duplicate", 0.05),
      duplicateMs: this.#chance.pick([50, 5_000, 600_000]),
      reorder: rate("reorder", 0.05),
      reorderMs: this.#chance.pick([20, 500, 5_000]),
      late: rate("late", 0.1),
    };
    streams.rates = {
      ackLost: rate("ack-lost", 0.1),
      diskFull: rate("disk-full", 0.05),
      stall: rate("slow-disk", 0.05),
      stallMs: 6_000,
    };
    this.#world.venueRates = {
      requestLost: rate("venue-lost", 0.2),
      answerLost: rate("venue-lost", 0.2),
      late: rate("venue-late", 0.2),
      lateMs: 10_000,
      twice: rate("venue-twice", 0.4),
      reject: rate("venue-reject", 0.2),
      queryError: rate("venue-query", 0.4),
      reportsTwice: rate("reports-twice", 0.3),
      reportsMissing: rate("reports-missing", 0.15),
      reportsLate: rate("reports-late", 0.3),
      frozen: rate("feed-frozen", 0.5),
      frozenMs: 60_000,
      absurd: rate("feed-absurd", 0.5),
      stuck: rate("feed-stuck", 0.4),
      stuckRounds: 24,
      ...{ off: rate("feed-off", 0.4), offRounds: 10 },
      ...{ together: rate("sources-off", 0.4), togetherRounds: 5 },
    };
    this.#strikes();
    if (this.#on("market-crash")) this.#fall();
    if (this.#on("feed-stuck")) this.#every(10_000, () => this.#still());
    if (this.#on("poison")) this.#every(2_000, () => this.#hostile.poison());
    if (this.#on("forged")) this.#every(3_000, () => this.#hostile.forge());
    if (this.#on("flood")) this.#every(20_000, () => this.#hostile.flood());
    if (this.#on("greedy")) this.#every(5_000, () => this.#hostile.greed());
    if (this.#on("operator")) this.#every(20_000, () => this.#operator.act());
  }

  /** Faults that strike at moments of their own. */
  #strikes(): void {
    const { counts, time } = this.#world;
    const on = (fault: FaultName, meanMs: number, strike: () => void): void => {
      if (this.#on(fault)) this.#every(meanMs, strike);
    };
    if (this.#on("two-coordinators")) {
      this.#every(5_000, () => {
        const by = this.#world.coordinators.filter((host) => host.coordinator?.phase === "standby");
        if (by.some((host) => host.life.alive)) counts.fired("second-stands-by");
      });
    }
    on("crash", 90_000, () => this.#crash(this.#coordinator()));
    on("crash-agent", 60_000, () => {
      counts.fired("crash-agent");
      this.#chance.pick(this.#world.agents).kill();
    });
    on("pause", 90_000, () => this.#pause());
    on("clock-step", 120_000, () => {
      counts.fired("clock-step");
      const host = this.#coordinator();
      host.skewMs = this.#chance.between(-1, 1) * this.#chance.pick([4_000, 60_000, 3_600_000]);
      host.kill();
      // Somebody sets it right again.
      time.after(this.#chance.between(5_000, 60_000), () => {
        const { code } = (host.lastFault ?? {}) as { readonly code?: unknown };
        if (code === "clock-skew") counts.fired("clock-refused");
        host.skewMs = 0;
      });
    });
    on("partition", 60_000, () => this.#partition());
    on("broker-down", 120_000, () => this.#outage(this.#chance.pick([500, 5_000, 60_000])));
    on("adl", 60_000, () => this.#take("adl", "deleverage"));
    on("venue-liquidation", 60_000, () => this.#take("venue-liquidation", "liquidate"));
    on("kill-in-outage", 240_000, () =>
      killInOutage(this.#world, this.#coordinator(), this.#operator),
    );
    on("feeder-dead", 90_000, () => feederDies(this.#world, this.#chance));
    on("misspelt", 240_000, () => misspelt(this.#world, this.#coordinator()));
    on("ids-forgotten", 30_000, () => {
      counts.fired("ids-forgotten");
      this.#world.streams.forgetIds();
    });
    on("snapshot-damaged", 90_000, () => this.#snapshot());
    on("tail-lost", 90_000, () => {
      // Between the disk and the answer: the moment in which a power cut loses what nobody was told.
      this.#world.onceStored = () => time.after(0, () => damage.tail(this.#world));
    });
    for (const fault of HALTING) {
      if (!this.#on(fault)) continue;
      const half = this.#world.options.minutes * 30_000;
      time.after(this.#chance.between(half / 2, half), () => {
        this.halt = new Halt(this.#world);
        damage[fault](this.#world, this.#chance);
      });
    }
  }

  /** Half of them with an order in hand: stored, and not yet sent; it is old when they go on. */
  #pause(): void {
    const { counts, checker } = this.#world;
    const stop = (lengths: readonly number[]): void => {
      counts.fired("pause");
      this.#coordinator().life.pause(this.#chance.pick(lengths));
    };
    if (this.#chance.hit(0.5)) return stop([500, 2_500, 10_000, 60_000]);
    const inHand = (): void => {
      const asked = checker.last.at(-1)?.turn.events.some((event) => "effect" in event);
      if (asked !== true) {
        this.#world.onceStored = inHand;
        return;
      }
      counts.fired("pause-in-hand");
      stop([2_500, 60_000]);
    };
    this.#world.onceStored = inHand;
  }

  /** Whether the law has noticed that a price stands still. */
  #still(): void {
    const { law } = this.#world.checker;
    for (const market of law.markets.keys()) {
      if (stillFor(law, market, law.at) !== undefined) this.#world.counts.fired("stuck-noticed");
    }
  }

  /** The tape falls by itself; here is only seen whether the fleet has seen it. */
  #fall(): void {
    const { time, counts, options, checker } = this.#world;
    const mark = (): bigint => checker.law.markets.values().next().value?.mark ?? 0n;
    time.after(options.minutes * 60_000 * CRASH.at - time.now, () => {
      counts.fired("market-crash");
      const before = mark();
      const look = (): void => {
        if (mark() * 5n < before * 4n) counts.fired("market-fell");
        else time.after(10_000, look);
      };
      look();
    });
  }

  /** The venue takes a part of what the fleet holds, sometimes all of it. */
  #take(fault: FaultName, kind: Strike): void {
    const part = ppm(this.#chance.pick([100_000, 400_000, 1_000_000]));
    if (this.#world.platform.strike(kind, part)) this.#world.counts.fired(fault);
  }

  /** Again and again, at random distances, until the storm is over. */
  #every(meanMs: number, strike: () => void, struck = false): void {
    const { slow, strength, minutes, mode } = this.#world.options;
    const drawn = this.#chance.between(0.2, 1.8) * ((meanMs * slow) / strength);
    // The first one comes while there is still time for what follows it.
    const due = minutes * 60_000 * (mode === "liveness" ? 0.3 : 0.6) - this.#world.time.now;
    const wait = struck ? drawn : Math.min(drawn, Math.max(0, due));
    this.#world.time.after(wait, () => {
      if (this.over) return;
      strike();
      this.#every(meanMs, strike, true);
    });
  }

  #coordinator(): CoordinatorHost {
    return this.#world.leader ?? this.#chance.pick(this.#world.coordinators);
  }

  #crash(host: CoordinatorHost): void {
    const { counts, checker } = this.#world;
    counts.fired("crash");
    counts.fired("timers-lost", checker.law.deadlines.length);
    host.kill();
  }

  #partition(): void {
    const { time, counts, broker } = this.#world;
    const lives = [...this.#world.coordinators, ...this.#world.agents].map((host) => host.life);
    const life = this.#chance.pick(lives);
    const cut = broker.connectionsOf(life);
    if (cut.length === 0) return;
    const [into, out] = this.#chance.pick([
      [true, true],
      [true, false],
      [false, true],
    ] as const);
    const set = (connections: readonly SimConnection[], on: boolean): void => {
      for (const one of connections) {
        one.cutIn = on && into;
        one.cutOut = on && out;
        one.tell(on ? "disconnect" : "reconnect");
      }
    };
    counts.fired("partitions");
    set(cut, true);
    // Long enough to be noticed by whoever speaks seldom.
    const ms = this.#chance.pick([500, 4_000, 30_000]) * this.#world.options.slow;
    time.after(ms, () => set(cut, false));
  }

  #outage(ms: number): void {
    const { broker, time } = this.#world;
    broker.setDown(true);
    time.after(ms, () => broker.setDown(false));
  }

  #snapshot(): void {
    const host = this.#coordinator();
    if (host.disk.snapshot === undefined) return;
    host.disk.spoil(this.#chance.hit(0.5));
    this.#world.counts.fired("snapshot-damaged");
    host.kill();
  }

  /** Faults stop: whatever is left broken is now the fleet's own to mend. */
  stop(): void {
    this.over = true;
    const { broker, streams } = this.#world;
    broker.rates = CALM;
    streams.rates = SOUND;
    this.#world.venueRates = FAIR;
    broker.setDown(false);
    broker.heal();
    for (const host of this.#world.coordinators) host.skewMs = 0;
    this.#operator.calm();
  }

  /** True while a refusal to lead for good is the right answer. */
  get mayHalt(): boolean {
    return this.halt !== undefined && !this.halt.mended;
  }
}
