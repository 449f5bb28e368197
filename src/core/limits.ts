/** A limit on everything, in one file, and how the limits honour each other. */
import { assert } from "./assert.ts";

/** Bytes of one command on the wire. A longer one is refused unread. */
export const COMMAND_BYTES_MAX = 16 * 1024;
/** Nesting of one message. */
export const MESSAGE_DEPTH_MAX = 16;
/** Bytes of one journal message. A batch that grows past it is closed. */
export const BATCH_BYTES_MAX = 512 * 1024;
/** Turns of one journal message. */
export const BATCH_TURNS_MAX = 1_024;
/** What the broker takes in one message: a full batch and its slack. */
export const PAYLOAD_BYTES_MAX = 1024 * 1024;
/** Commands that wait for their turn. One more is answered `busy`. */
export const INBOX_MAX = 65_536;
/** Commands of one agent that wait for their turn: one agent alone does not fill the inbox. */
export const INBOX_PER_AGENT_MAX = 4_096;
/** Command ids remembered with their answers. Full of unexpired ones: `busy`. */
export const ANSWERS_MAX = 1_048_576;
/** How far ahead of its admission a command may expire, in ms. */
export const COMMAND_TTL_MAX = 300_000;
export const AGENTS_MAX = 16_384;
/** Open orders, reservations, escrows, bets or loans of one agent, each. */
export const OPEN_PER_AGENT_MAX = 256;
/** Names that one search of an agent brings. */
export const DOMAIN_OFFERS_MAX = 16;
/** Marks in one command. */
export const MARKS_PER_COMMAND_MAX = 1_024;
/** Sources of prices beside the venue. */
export const PRICE_SOURCES_MAX = 8;
/** Messages with prices that one feeder is heard with in a second; the rest is counted and dropped. */
export const PRICE_MESSAGES_PER_SECOND = 100;
/** Largest amount of money that any field may carry, in millionths of USDC: 10^12 USDC. */
export const AMOUNT_MAX = 10n ** 18n;
/** A settled bet whose proof is not made after so long is told of, in ms. */
export const PROOF_WITHIN_MS = 600_000;
/** Deadlines that one turn fires; the rest fire in the next. */
export const DEADLINES_PER_TURN_MAX = 256;
/** Events after which a sweep over all agents goes on in the next turn. */
export const SWEEP_EVENTS_MAX = 512;
/** Steps of a liquidation that one turn takes, two to a cross; the rest are planned again. */
export const LIQUIDATION_STEPS_MAX = 128;
/** Sources of cash that one decision weighs. */
export const CASH_SOURCES_MAX = 256;
/** Effects that are under way at the venue at once. */
export const EFFECTS_IN_FLIGHT_MAX = 64;

assert(
  COMMAND_BYTES_MAX * 2 <= BATCH_BYTES_MAX,
  "a batch holds at least two of the largest commands",
);
assert(BATCH_BYTES_MAX + COMMAND_BYTES_MAX * 4 <= PAYLOAD_BYTES_MAX, "a full batch fits a message");
assert(INBOX_PER_AGENT_MAX >= BATCH_TURNS_MAX, "one agent can fill a batch");
assert(INBOX_PER_AGENT_MAX * 8 <= INBOX_MAX, "several agents together fill the inbox");
// Units, quantities and prices are carried as int64 in the journal.
assert(AMOUNT_MAX < 2n ** 63n, "an amount fits 64 bits");
