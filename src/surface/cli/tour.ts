/** `flotilla up --demo --tour`: every named policy at work, act by act, in simulated time. */

import { MINUTE } from "../../core/time.ts";
import type { Act } from "../../lab/tour/act.ts";
import { ACTS } from "../../lab/tour/playbill.ts";
import { type Tallied, Tour } from "../../lab/tour/tour.ts";
import type { PublicEvent } from "../../protocol/public.ts";
import { Account } from "./account.ts";
import { paintLine } from "./account-tone.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";
import { count, moment, plural } from "./numbers.ts";
import { sentence } from "./sentences.ts";
import { table } from "./table.ts";

/** How a fleet comes up is the same in every act, and is told by the other demo. */
const NOT_TOLD = new Set([
  ...["LeaderElected", "FleetConfigured", "AgentEnrolled", "Deposited", "StopConfirmed"],
  ...["DuesNetted"],
]);
/** Of market time: a row of the same thing has ended after so long without another. */
const REPEAT_MS = 5 * MINUTE;
const WORDS = 64;

/** Time of day in UTC, as market time is told. */
const utc = (at: number): string => new Date(at).toISOString().slice(11, 19);
const cut = (words: string): string =>
  words.length <= WORDS ? words : `${words.slice(0, WORDS - 1)}…`;

const worth = (event: PublicEvent): boolean =>
  !NOT_TOLD.has(event.type) || Number(event["gross"] ?? 0) > 0;

async function playAct(io: Io, tour: Tour, act: Act, nth: string): Promise<void> {
  const { paint } = io;
  io.say("");
  io.say(`${paint.bold(`${nth} · ${act.name}`)} · ${act.story}`);
  io.say("");
  const account = new Account(REPEAT_MS);
  let shift = 0;
  const line = (one: Parameters<typeof paintLine>[0]): void =>
    io.say(paintLine({ ...one, at: one.at + shift }, paint, utc));
  const end = await tour.play(act, (event, at) => {
    shift = at - event.time;
    if (worth(event)) for (const one of account.take(event)) line(one);
  });
  for (const one of account.quiet(Number.MAX_SAFE_INTEGER)) line(one);
  const [breach] = end.breaches;
  const judged =
    breach === undefined
      ? paint.dim("judged after every journal message: every unit of money is where it must be")
      : paint.red(`broken: ${breach.invariant}: ${breach.detail} at ${breach.where}`);
  io.say(`          ${judged}`);
}

/** A policy, how often and when it fired, and the first time in words. */
function tallyLines(io: Io, tally: readonly Tallied[]): string[] {
  const { paint } = io;
  return table<Tallied>(
    [
      {
        title: "policy",
        cell: ({ policy }) => policy.name,
        paint: (padded, { times }) => (times === 0 ? paint.red(padded) : padded),
      },
      {
        title: "parameters",
        cell: ({ policy }) => policy.field,
        paint: (padded) => paint.dim(padded),
      },
      { title: "fired", right: true, cell: ({ times }) => (times === 0 ? "never" : count(times)) },
      { title: "act", cell: ({ first }) => first?.act ?? "" },
      { title: "first (UTC)", cell: ({ first }) => (first === undefined ? "" : utc(first.at)) },
      {
        title: "what happened",
        cell: ({ first }) =>
          first === undefined ? "" : cut(`${first.event.agent}: ${sentence(first.event)}`),
      },
    ],
    tally,
  );
}

const toldRow = ({ policy, times, first }: Tallied): object => ({
  ...{ policy: policy.name, parameters: policy.field, does: policy.does, fired: times },
  ...(first === undefined
    ? {}
    : {
        ...{ act: first.act, marketTime: moment(first.at), agent: first.event.agent },
        ...{ event: first.event.type, words: sentence(first.event) },
      }),
});

/** Exit 0 when every policy fired and no judge complained; so the tour is a test of itself. */
export async function runTour(io: Io, acts: readonly Act[] = ACTS): Promise<ExitCode> {
  const { paint } = io;
  const began = performance.now();
  const tour = new Tour();
  io.say(`${paint.bold("flotilla")} · the tour · paper money, ${plural(acts.length, "act")}`);
  io.say("");
  io.say("  Real: coordinator, law, journal, broker rights, paper platform. Simulated: time, the");
  io.say("  network and the disk, all in this process. The agents follow a script. So it is the");
  io.say("  same in every run; for processes in real time: flotilla up --demo --crisis");
  for (const [i, act] of acts.entries())
    await playAct(io, tour, act, `act ${i + 1} of ${acts.length}`);
  const { tally, ends } = tour;
  const never = tally.filter(({ times }) => times === 0);
  const broken = ends.filter(({ breaches }) => breaches.length > 0);
  const seconds = Math.round(performance.now() - began) / 1_000;
  io.tell({
    ...{ kind: "tour", simulatedTime: true, seconds, policies: tally.map(toldRow) },
    never: never.map(({ policy }) => policy.name),
    acts: ends.map(({ breaches, ...end }) => ({ ...end, breaches })),
  });
  io.say("");
  for (const line of tallyLines(io, tally)) io.say(line);
  io.say("");
  const events = ends.reduce((sum, end) => sum + end.events, 0);
  const what = `${plural(ends.length, "act")}, ${plural(events, "event")}`;
  const seen = `${tally.length - never.length} of ${tally.length} policies fired`;
  const verdict = never.length === 0 ? paint.green(seen) : paint.red(seen);
  io.say(`${verdict} in ${what}, ${seconds.toFixed(1)} s`);
  if (never.length > 0)
    io.say(paint.red(`never: ${never.map(({ policy }) => policy.name).join(", ")}`));
  if (broken.length > 0) return EXIT.broken;
  return never.length > 0 ? EXIT.failed : EXIT.ok;
}
