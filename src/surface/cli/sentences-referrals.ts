/** Who refers whom at the escrow service, and what it brings, in words. */
import type { PublicEvent } from "../../protocol/public.ts";
import { text } from "./fields.ts";
import { money } from "./numbers.ts";

type Say = (event: PublicEvent) => string;

/** By type of event. */
export const REFERRAL_SENTENCES = {
  ReferrerRequested: (e) => `asks to be referred by ${text(e, "referrer")}`,
  ReferrerRegistered: (e) => `is referred by ${text(e, "referrer")}, for good`,
  ReferrerRefused: (e) => `is not referred by ${text(e, "referrer")}: ${text(e, "reason")}`,
  ReferralEarned: (e) =>
    `earns ${money(text(e, "referral"))} of the fee of ${money(text(e, "fee"))} for ` +
    `${text(e, "escrow")} of ${text(e, "of")}, which it has referred`,
} satisfies Readonly<Record<string, Say>>;
