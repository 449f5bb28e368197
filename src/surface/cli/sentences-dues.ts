/** Debts with outsiders in words: agreed, recorded, netted, paid. */
import type { PublicEvent } from "../../protocol/public.ts";
import { number, text } from "./fields.ts";
import { moment, money, plural, span } from "./numbers.ts";

type Say = (event: PublicEvent) => string;

const many = (e: PublicEvent, field: string): number => {
  const held = e[field];
  return Array.isArray(held) ? held.length : 0;
};
const usdc = (e: PublicEvent, field: string): string => `${money(text(e, field))} USDC`;

/** By type of event. */
export const DUES_SENTENCES = {
  AgreementSet: (e) =>
    `debts with ${text(e, "party")} are netted every ${span(number(e, "everyMs"))} in the group ` +
    `${text(e, "group")}, next at ${moment(number(e, "nextAt"))} UTC`,
  AgreementEnded: (e) => `the agreement with ${text(e, "party")} has ended`,
  DueRecorded: (e) => {
    const note = text(e, "note") === "" ? "" : `: ${text(e, "note")}`;
    const owes = text(e, "direction") === "pay" ? "owes" : "is owed";
    const whom = text(e, "direction") === "pay" ? text(e, "party") : `by ${text(e, "party")}`;
    return `${owes} ${usdc(e, "amount")} ${whom} (${text(e, "due")})${note}`;
  },
  OutsideDueRecorded: (e) =>
    `${text(e, "debtor")} owes ${text(e, "creditor")} ${usdc(e, "amount")}, in the group ` +
    text(e, "group"),
  DuesNetted: (e) =>
    `${usdc(e, "gross")} of debts in ${text(e, "group")}: ${money(text(e, "cleared"))} need no ` +
    `payment, the fleet pays ${money(text(e, "owed"))} and awaits ${money(text(e, "awaited"))}; ` +
    `${plural(many(e, "transfers"), "transfer")} in all`,
  DuesDeferred: (e) =>
    `the settlement of ${text(e, "group")} waits: it needs ${usdc(e, "need")}, there is cash of ` +
    `${money(text(e, "cash"))}; tried again at ${moment(number(e, "nextAt"))} UTC`,
  DuePaid: (e) => `pays ${usdc(e, "amount")} to ${text(e, "party")}`,
  DuePaymentFailed: (e) =>
    `the payment of ${usdc(e, "amount")} to ${text(e, "party")} failed: the fleet still owes it ` +
    `(${text(e, "due")})`,
  DueReceived: (e) => `${usdc(e, "amount")} came from ${text(e, "party")}`,
} satisfies Readonly<Record<string, Say>>;
