/** Debts among agents and with outsiders: paid inside, netted, deferred, and paid in the fewest transfers. */
import { MINUTE } from "../../../core/time.ts";
import type { Act } from "../act.ts";

const circle = { group: "circle", everyMs: 10 * MINUTE };

export const DEBTS: Act = {
  name: "debts",
  story:
    "two agents, three outsiders who net their debts with us every ten minutes, and little cash",
  minutes: 40,
  deposits: { USDC: "400", ETH: "2" },
  players: {
    buyer: { cap: "2000", services: ["escrow"] },
    seller: { cap: "1000", services: ["escrow"] },
  },
  crisis: {},
  prices: {},
  cues: [
    [1, "buyer", "PayAgent", { to: "seller", amount: "50", note: "for the data" }],
    [2, "operator", "SetAgreement", { party: "north", ...circle }],
    [2.1, "operator", "SetAgreement", { party: "south", ...circle }],
    [2.2, "operator", "SetAgreement", { party: "west", ...circle }],
    [3, "buyer", "RecordDue", { due: "d1", party: "north", direction: "pay", amount: "900" }],
    [
      3.1,
      "seller",
      "RecordDue",
      { due: "d1", party: "south", direction: "receive", amount: "250" },
    ],
    [3.2, "operator", "RecordOutsideDue", { debtor: "north", creditor: "west", amount: "300" }],
    [4, "operator", "RecordOutsideDue", { debtor: "west", creditor: "south", amount: "200" }],
    [15, "operator", "Deposit", { asset: "USDC", amount: "500" }],
  ],
};
