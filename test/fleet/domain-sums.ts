/** What a story with domains is asked for: the name, its holder, and where the money lies. */
import { balance } from "../../src/fleet/ledger.ts";
import { ALICE, usd } from "./cast.ts";
import { NAME } from "./domain-steps.ts";
import type { given } from "./spec.ts";

export type Story = ReturnType<typeof given>;
const cash = (story: Story, account = "USDC/wallet") => balance(story.state.ledger, account);
export const holder = (story: Story) => story.state.agents.get(ALICE);
export const held = (story: Story) => story.state.domains.get(`alice/${NAME}`);
/** What one has realized, what is held for it, what lies in the wallet, at the registrar, in domains. */
export const sums = (story: Story) => [
  ...[holder(story)?.realized, holder(story)?.reserved, cash(story)],
  ...[cash(story, "USDC/escrow"), cash(story, "USDC/domains")],
];
export const all = (...texts: readonly string[]) => texts.map(usd);

export const UNMATCHED = [{ type: "ReportUnmatched" }, { type: "ReportsTaken" }] as const;
