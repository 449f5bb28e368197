/** Brings a fleet to rest and reads from its journal what it came to. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fleetView } from "../../fleet/views.ts";
import type { StatusView } from "../../protocol/views.ts";
import type { RunningFleet } from "../../runtime/fleet.ts";
import { type Recovered, recover } from "../../runtime/recover.ts";
import { connectUser } from "../../wire/connect.ts";
import { jetStreamJournal } from "../../wire/journal-jetstream.ts";
import { snapshotFile } from "../../wire/snapshot-store.ts";
import { roleUser } from "../../wire/subjects.ts";
import { CliError, EXIT } from "./exit.ts";
import type { Operator } from "./operator.ts";
import { marketText, type RunCounts, type Summary } from "./summary.ts";

const SETTLE_MS = 20_000;
const LOOK_MS = 100;

/** The last status, and the report as of which the books were found equal; 0: they were not. */
interface Settled {
  readonly status: StatusView | undefined;
  readonly equalThrough: number;
}

/**
 * Waits until nothing is under way at the venue and the books have been compared since; the agents
 * must have stopped. Gives up after twenty seconds, or when the coordinator does not answer.
 */
async function settle(operator: Operator): Promise<Settled> {
  const deadline = performance.now() + SETTLE_MS;
  let status: StatusView | undefined;
  let wanted: number | undefined;
  try {
    while (performance.now() < deadline) {
      status = await operator.status();
      const { booksEqualThrough, reportsThrough } = status.process;
      if (wanted === undefined && status.outstandingEffects === 0) wanted = reportsThrough;
      if (wanted !== undefined && booksEqualThrough >= wanted && status.booksAgree) {
        return { status, equalThrough: booksEqualThrough };
      }
      await delay(LOOK_MS);
    }
  } catch {
    // Nobody leads any more: the journal still tells what was decided.
  }
  return { status, equalThrough: 0 };
}

/** The fold of the whole journal; the coordinator must have stopped. */
async function readAtRest(fleet: RunningFleet): Promise<Recovered> {
  const { layout, url, file } = fleet;
  const user = roleUser("projector");
  const credentials = layout.keys;
  const isComing = (): boolean => fleet.broker !== undefined;
  const patienceMs = SETTLE_MS;
  const connection = await connectUser({ url, credentials, user, patienceMs, isComing });
  const journal = jetStreamJournal({ connection, fleet: file.fleet, patienceMs: 5_000 });
  try {
    const snapshots = snapshotFile(join(layout.coordinator, "snapshot.bin"));
    return await recover(file.fleet, journal, snapshots);
  } finally {
    await journal.close();
    await connection.close();
  }
}

export interface CloseOptions {
  readonly fleet: RunningFleet;
  readonly operator: Operator;
  readonly seconds: number;
  readonly run: RunCounts;
  readonly onStep: (text: string) => void;
}

function noBroker({ url }: RunningFleet): CliError {
  const advice = "what was decided is in its store, and told when the fleet is started again";
  return new CliError(EXIT.absent, `no broker at ${url}, see broker/nats.log: ${advice}`);
}

/**
 * Agents first, then what is under way, then the coordinator, then all the rest.
 *
 * @throws CliError where the broker is away, or goes away meanwhile: nothing can settle then.
 */
export async function closeFleet(options: CloseOptions): Promise<Summary> {
  const { fleet, operator, onStep } = options;
  if (fleet.brokerIsAway()) {
    await operator.close();
    throw noBroker(fleet);
  }
  onStep("the agents end");
  await fleet.stopAgents();
  onStep("what is under way settles, and the books are compared");
  const settled = await settle(operator);
  await operator.close();
  onStep("the coordinator stores what it decided");
  await fleet.stopDeciding();
  try {
    const recovered = await readAtRest(fleet);
    return summaryOf(options, settled, recovered);
  } catch (fault) {
    throw fleet.brokerIsAway() ? noBroker(fleet) : fault;
  } finally {
    await fleet.stop();
  }
}

function summaryOf(options: CloseOptions, settled: Settled, recovered: Recovered): Summary {
  const { state, head } = recovered;
  const view = fleetView(state, state.at);
  const last = settled.status?.process;
  const counted = (type: string): number => view.counts[type] ?? 0;
  const markets = [...state.markets.values()];
  return {
    fleet: view.fleet,
    seq: head.seq,
    headHash: head.hash,
    turns: view.turns,
    rejections: view.rejections,
    orders: counted("OrderApproved"),
    fills: counted("FillBooked"),
    bets: counted("BetSettled"),
    escrows: counted("EscrowReleased"),
    loans: counted("LoanOpened"),
    conserved: view.conserved && view.booksAgree && settled.equalThrough > 0,
    booksEqualThrough: settled.equalThrough,
    durability: options.fleet.durability,
    p50Ms: last?.p50Ms ?? 0,
    p99Ms: last?.p99Ms ?? 0,
    betsChecked: counted("BetChecked"),
    collateral: view.collateral,
    marketTime: marketText(Math.max(0, ...markets.map((one) => one.sourceAt))),
    results: Object.fromEntries(view.agents.map(({ agent, realized }) => [agent, realized])),
    seconds: options.seconds,
    run: options.run,
  };
}
