/** Which faults there are, what each is for in the catalogue, and which counts prove that it fired. */

export interface FaultKind {
  /**
   * Counts that must be above zero when the fault was on: that it struck, and that it reached what it
   * is meant for. With a capital: so many events of this type in the journal.
   */
  readonly proof: readonly string[];
  readonly about: string;
  /** After it a coordinator may rightly refuse to lead for good. */
  readonly halts?: true;
}

const kind = (proof: string | readonly string[], about: string): FaultKind => ({
  proof: typeof proof === "string" ? [proof] : proof,
  about,
});

/** Faults that are drawn two or three at a time. */
export const FAULTS = {
  crash: kind("crash", "the coordinator is killed at any moment and started anew"),
  "crash-agent": kind("crash-agent", "an agent is killed and started anew"),
  pause: kind("pause", "the coordinator is stopped for up to a minute and goes on"),
  "two-coordinators": kind("second-stands-by", "a second coordinator stands by, or thinks so"),
  "clock-step": kind("clock-step", "a host's wall clock jumps by up to an hour, then it restarts"),
  drop: kind("drop", "messages are lost between clients and broker"),
  duplicate: kind("duplicate", "messages come twice, at once or ten minutes later"),
  reorder: kind("reorder", "messages overtake each other"),
  partition: kind("partition", "a process is cut off from the broker, one way or both"),
  "broker-down": kind("broker-down", "the broker is away for up to a minute"),
  "ack-lost": kind("ack-lost", "an append is stored and its answer is lost"),
  "slow-disk": kind("slow-disk", "an append takes seconds"),
  "disk-full": kind("disk-full", "the disk refuses appends"),
  "ids-forgotten": kind("ids-forgotten", "the broker forgets which ids it has stored"),
  "tail-lost": kind("tail-lost", "power fails: what was stored and not yet acknowledged is gone"),
  "snapshot-damaged": kind("snapshot-damaged", "the snapshot file has a flipped bit, or is old"),
  truncated: { ...kind("truncated", "acknowledged messages are gone"), halts: true },
  "bit-flip": { ...kind("bit-flip", "a bit of an old message is flipped"), halts: true },
  "sequence-reused": {
    ...kind("sequence-reused", "acknowledged messages are gone and others stand in their place"),
    halts: true,
  },
  "venue-lost": kind(
    ["venue-request-lost", "venue-answer-lost"],
    "requests to the venue, or its answers, are lost",
  ),
  "venue-late": kind("venue-late-request", "a request arrives after its caller gave it up"),
  "venue-twice": kind("venue-twice", "a request arrives twice"),
  "venue-reject": kind("venue-reject", "the venue refuses what it should take"),
  "venue-query": kind("venue-query-error", "the venue answers questions with an error"),
  "reports-twice": kind("reports-twice", "reports come again"),
  "reports-missing": kind("reports-missing", "reports are left out while the stream looks healthy"),
  "reports-late": kind("reports-late", "reports come seconds late"),
  "feed-frozen": kind("feed-frozen", "prices stand still while the feed looks alive"),
  "feed-stuck": kind(
    ["feed-stuck", "stuck-noticed"],
    "one price says the same at ever new times while the others move",
  ),
  "feed-absurd": kind("feed-absurd", "prices of zero, a thousandth, a thousandfold"),
  "market-crash": kind(
    ["market-crash", "market-fell"],
    "every price falls by a third and more: calls, plans, forced orders",
  ),
  adl: kind(["adl", "AutoDeleveraged"], "the venue closes a part of a position against a bankrupt"),
  "venue-liquidation": kind(
    ["venue-liquidation", "VenueLiquidated"],
    "the venue closes a part of a position for want of margin, with a fee",
  ),
  poison: kind(["poison", "poison-refused"], "malformed, deep, huge and hostile payloads"),
  forged: kind(
    ["forged-reply", "forged-replay"],
    "answers asked into others' inboxes, old commands again",
  ),
  flood: kind(["flood", "flood-refused"], "an agent sends far more than its rate"),
  throwing: kind("strategy-threw", "a strategy throws"),
  operator: kind("operator", "modes, recalls, revocations, cuts, raises, withdrawals at any time"),
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

export const isFault = (text: string): text is FaultName => Object.hasOwn(FAULTS, text);

/** Faults after which a refusal to lead is the right answer: drawn rarely, for they end the run. */
export const HALTING: readonly FaultName[] = FAULT_NAMES.filter((name) => "halts" in FAULTS[name]);
export const RECOVERABLE: readonly FaultName[] = FAULT_NAMES.filter(
  (name) => !HALTING.includes(name),
);
