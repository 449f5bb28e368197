/** The kill switch by scope: one agent, one venue, the whole fleet, and the way back. */
import type { Act } from "../act.ts";
import { opens } from "../asks.ts";

const mode = (mode: string, reason: string, scope: object = {}) => ({ ...scope, mode, reason });

export const KILLS: Act = {
  name: "kills",
  story: "the operator halts an agent, flattens a venue, then the fleet, and lets it run again",
  minutes: 30,
  deposits: { USDC: "10000" },
  players: { first: { cap: "3000" }, second: { cap: "3000" } },
  crisis: {},
  markets: { "link-perp": { venue: "harbour" } },
  prices: {},
  cues: [
    [2, "first", "PlaceOrder", opens("avax", "avax", "buy", "50", 3)],
    [3, "second", "PlaceOrder", opens("link", "link", "buy", "100", 3)],
    [5, "operator", "SetMode", mode("halt", "looks odd", { agent: "first" })],
    [6, "first", "PlaceOrder", opens("more", "avax", "buy", "10", 3)],
    [8, "operator", "SetMode", mode("run", "it was nothing", { agent: "first" })],
    [9, "first", "PlaceOrder", opens("again", "avax", "buy", "10", 3)],
    [11, "operator", "SetMode", mode("flatten", "its books are late", { venue: "harbour" })],
    [13, "second", "PlaceOrder", opens("back", "link", "buy", "20", 3)],
    [15, "operator", "SetMode", mode("flatten", "end of the day")],
    [17, "second", "PlaceOrder", opens("late", "avax", "buy", "10", 3)],
    [19, "operator", "SetMode", mode("run", "a new day")],
    [20, "operator", "SetMode", mode("run", "a new day", { venue: "harbour" })],
    [22, "second", "PlaceOrder", opens("fresh", "link", "buy", "20", 3)],
  ],
};
