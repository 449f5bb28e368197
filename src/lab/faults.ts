/** Which faults there are, what each is for in the catalogue, and which counts prove that it fired. */

export interface FaultKind {
  /**
   * Counts that must be above zero when the fault was on: that it struck, and that it reached what it
   * is meant for. With a capital: so many events of this type in the journal.
   */
  readonly proof: readonly string[];
  /** Counts that one run may leave at zero, and a long sweep may not. */
  readonly also?: readonly string[];
  readonly about: string;
  /** What it stands for in the catalogue of faults that an ordinary fleet must outlive. */
  readonly of: string;
  /** After it a coordinator may rightly refuse to lead for good. */
  readonly halts?: true;
}

const kind = (of: string, proof: string | readonly string[], about: string): FaultKind => ({
  proof: typeof proof === "string" ? [proof] : proof,
  about,
  of,
});

/** Faults that are drawn two or three at a time. */
export const FAULTS = {
  crash: kind("F01 F25", ["crash", "timers-lost"], "the coordinator is killed at any moment"),
  "crash-agent": kind("F14", "crash-agent", "an agent is killed and started anew"),
  pause: {
    ...kind("F21", "pause", "the coordinator is stopped for up to a minute and goes on"),
    also: ["pause-in-hand"],
  },
  "two-coordinators": kind(
    "F20",
    "second-stands-by",
    "a second coordinator stands by, or thinks so",
  ),
  "clock-step": {
    ...kind("F24", "clock-step", "a host's wall clock jumps by up to an hour, then it restarts"),
    also: ["clock-refused"],
  },
  drop: kind("F14", "drop", "messages are lost between clients and broker"),
  duplicate: {
    ...kind("F11", "duplicate", "messages come twice, at once or ten minutes later"),
    also: ["duplicate-command", "duplicate-outside"],
  },
  reorder: kind("F12", "reorder", "messages overtake each other"),
  partition: kind("F17", "partition", "a process is cut off from the broker, one way or both"),
  "broker-down": kind("F03", "broker-down", "the broker is away for up to a minute"),
  "ack-lost": kind("F16", "ack-lost", "an append is stored and its answer is lost"),
  "slow-disk": kind("F05", "slow-disk", "an append takes seconds"),
  "disk-full": kind("F05", "disk-full", "the disk refuses appends"),
  "ids-forgotten": kind("F11", "ids-forgotten", "the broker forgets which ids it has stored"),
  "tail-lost": kind(
    "F04",
    "tail-lost",
    "power fails: what was stored and not yet acknowledged is gone",
  ),
  "snapshot-damaged": kind(
    "F07 F09",
    ["snapshot-damaged", "snapshot-met"],
    "the snapshot file has a flipped bit, or is old",
  ),
  truncated: { ...kind("F06", "truncated", "acknowledged messages are gone"), halts: true },
  "bit-flip": { ...kind("F07", "bit-flip", "a bit of an old message is flipped"), halts: true },
  "sequence-reused": {
    ...kind(
      "F07",
      "sequence-reused",
      "acknowledged messages are gone and others stand in their place",
    ),
    halts: true,
  },
  "venue-lost": kind(
    "F27",
    ["venue-request-lost", "venue-answer-lost"],
    "requests to the venue, or its answers, are lost",
  ),
  "venue-late": kind("F27", "venue-late-request", "a request arrives after its caller gave it up"),
  "venue-twice": kind("F28", "venue-twice", "a request arrives twice"),
  "venue-reject": kind("F32", "venue-reject", "the venue refuses what it should take"),
  "venue-query": {
    ...kind("F31", "venue-snapshot-error", "the venue answers questions with an error"),
    also: ["venue-query-error"],
  },
  "reports-twice": { ...kind("F28", "reports-twice", "reports come again"), also: ["fills-twice"] },
  "reports-missing": {
    ...kind("F29", "reports-missing", "reports are left out while the stream looks healthy"),
    also: ["fills-missing"],
  },
  "reports-late": kind("F30", "reports-late", "reports come seconds late"),
  "feed-frozen": kind("F37", "feed-frozen", "prices stand still while the feed looks alive"),
  "feed-stuck": kind(
    "F37",
    ["feed-stuck", "stuck-noticed"],
    "one price says the same at ever new times while the others move",
  ),
  "feed-absurd": {
    ...kind("F38", "feed-absurd", "prices of zero, a thousandth, a thousandfold"),
    also: ["MarkRefused"],
  },
  "market-crash": {
    ...kind(
      "F36 F55",
      ["market-crash", "market-fell"],
      "every price falls by a third and more: calls, plans, forced orders",
    ),
    also: ["MarginCalled", "LiquidationPlanned"],
  },
  adl: kind(
    "F33",
    ["adl", "AutoDeleveraged"],
    "the venue closes a part of a position against a bankrupt",
  ),
  "venue-liquidation": kind(
    "F33",
    ["venue-liquidation", "VenueLiquidated"],
    "the venue closes a part of a position for want of margin, with a fee",
  ),
  poison: kind(
    "F41 F42 F43",
    ["poison-bytes", "poison-names", "poison-numbers"],
    "malformed, deep, huge and hostile payloads",
  ),
  forged: kind(
    "F47 F49",
    ["forged-reply", "forged-refused", "forged-replay", "replay-answered"],
    "answers asked into others' inboxes, old commands again",
  ),
  flood: kind("F54", ["flood", "flood-refused"], "an agent sends far more than its rate"),
  throwing: kind("F44", "strategy-threw", "a strategy throws"),
  "crash-point": kind("F01", "crash-point", "the coordinator is killed at one numbered await"),
  late: kind("F13", ["late", "late-refused"], "messages come after their commands have expired"),
  "feed-off": {
    ...kind("F39", "feed-off", "one source tells a third less while the venue trades as before"),
    also: ["SourceDoubted", "SourceQuarantined"],
  },
  "sources-off": {
    ...kind(
      "F39",
      ["sources-off", "sources-torn"],
      "two of three sources are off at once, apart from each other or by the same",
    ),
    also: ["sources-alike"],
  },
  "feeder-dead": {
    ...kind(
      "F37",
      ["feeder-dead", "feeder-missed"],
      "a feeder dies, and is started anew after a while or never",
    ),
    also: ["feeder-back"],
  },
  "kill-in-outage": kind(
    "F56",
    ["kill-in-outage", "kill-held"],
    "the fleet is flattened while the venue is away, and its coordinator dies",
  ),
  greedy: kind(
    "F51",
    ["greedy", "greedy-refused"],
    "an agent asks for more than its cap, in drips, and for rights it has not",
  ),
  misspelt: kind(
    "F45",
    ["misspelt", "misspelt-refused"],
    "a start by a file with a misspelt limit",
  ),
  "version-skew": {
    ...kind("F10", "version-skew", "a message of a version, or with an event, that nobody knows"),
    halts: true,
  },
  operator: kind(
    "F57",
    ["operator", "operator-obeyed"],
    "modes, recalls, revocations, cuts, raises, withdrawals at any time",
  ),
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

export const isFault = (text: string): text is FaultName => Object.hasOwn(FAULTS, text);

/** Faults after which a refusal to lead is the right answer: drawn rarely, for they end the run. */
export const HALTING = ["truncated", "bit-flip", "sequence-reused", "version-skew"] as const;
const halts = (name: FaultName): boolean => (HALTING as readonly FaultName[]).includes(name);
/** Drawn by themselves, so that one more of them moves no other draw. */
export const APART = ["sources-off", "feeder-dead"] as const;
const isApart = (name: FaultName): boolean => (APART as readonly FaultName[]).includes(name);
/** Those that go round with the seeds. */
export const RECOVERABLE: readonly FaultName[] = FAULT_NAMES.filter(
  (name) => !halts(name) && !isApart(name),
);

/** The catalogue's faults that every fleet must outlive and that need no real process to be met. */
export const STARRED: readonly string[] = (
  "F01 F03 F04 F05 F06 F07 F10 F11 F12 F13 F16 F20 F21 F24 F25 F27 F28 F29 F31 F37 F38 F39 " +
  "F41 F42 F43 F44 F45 F47 F51 F55 F56"
).split(" ");

/** All that is counted of a fault. */
export function countsOf(name: FaultName): readonly string[] {
  const { proof, also = [] }: FaultKind = FAULTS[name];
  return [...proof, ...also];
}

/** Which faults stand for one of the catalogue's. */
export const standingFor = (id: string): readonly FaultName[] =>
  FAULT_NAMES.filter((name) => FAULTS[name].of.split(" ").includes(id));

/** Starred faults that have not struck, or never reached what they are meant for, by the counts of many runs. */
export function unmet(counts: Readonly<Record<string, number>>): readonly string[] {
  return STARRED.flatMap((id) =>
    standingFor(id).flatMap((name) =>
      countsOf(name)
        .filter((proof) => (counts[proof] ?? 0) === 0)
        .map((proof) => `${id}: ${name} never came to ${proof}`),
    ),
  );
}
