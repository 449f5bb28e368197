/** Numbers, spans and times as people read them, and as they type them. */
import { HOUR, MINUTE, SECOND } from "../../core/time.ts";

/** Thousands apart; at least `least` decimals, at most `most`. */
function grouped(value: number, least: number, most: number): string {
  const fixed = Math.abs(value).toFixed(most);
  const [whole = "0", fraction = ""] = fixed.split(".");
  const kept = fraction.slice(0, least) + fraction.slice(least).replace(/0+$/, "");
  const sign = value < 0 && Number(fixed) !== 0 ? "-" : "";
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${kept === "" ? "" : `.${kept}`}`;
}

/** An amount of USDC: two decimals, up to four below one. For eyes only. */
export function money(text: string | number): string {
  const value = Number(text);
  return grouped(value, 2, Math.abs(value) < 1 ? 4 : 2);
}

/** As `money`, with its sign always told. */
export const signedMoney = (text: string | number): string =>
  Number(text) > 0 ? `+${money(text)}` : money(text);

/** As many decimals as the size of the price deserves. */
export function priceText(text: string | number): string {
  const value = Number(text);
  const size = Math.abs(value);
  return size >= 1_000 ? grouped(value, 2, 2) : grouped(value, 2, size >= 1 ? 4 : 6);
}

export const count = (value: string | number): string => grouped(Number(value), 0, 8);

/** `1 order`, `2 orders`. */
export const plural = (many: number, one: string): string =>
  `${count(many)} ${one}${many === 1 ? "" : "s"}`;

/** Parts per million as a percentage. */
export const percent = (ppm: number | string, decimals = 1): string =>
  `${(Number(ppm) / 10_000).toFixed(decimals)} %`;

/** Parts per million as a multiple: 3_330_000 is 3.33x. */
export const multiple = (ppm: number | string): string => `${grouped(Number(ppm) / 1e6, 0, 2)}x`;

/** The coin of a market: `btc-perp` is BTC. */
export const coinOf = (market: string): string => market.replace(/-perp$/, "").toUpperCase();

const DAY = 24 * HOUR;

/** A span of milliseconds, rounded to what one remembers. */
export function span(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 2 * MINUTE) return `${grouped(ms / SECOND, 0, 1)} s`;
  if (ms < 2 * HOUR) return `${grouped(ms / MINUTE, 0, 1)} min`;
  return ms < 2 * DAY ? `${grouped(ms / HOUR, 0, 1)} h` : `${grouped(ms / DAY, 0, 1)} days`;
}

/** Local time of day. */
export const timeOfDay = (at: number): string => new Date(at).toTimeString().slice(0, 8);

/** A moment in UTC, to the minute. */
export const moment = (at: number): string =>
  new Date(at).toISOString().slice(0, 16).replace("T", " ");

/** The same to the second, for what comes within minutes. */
export const instant = (at: number): string =>
  new Date(at).toISOString().slice(0, 19).replace("T", " ");

const SPAN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;
const UNIT = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY } as const;

/** Reads `500ms`, `30s`, `5m`, `2h`, `1d`; a bare number is seconds. None: undefined. */
export function parseSpan(text: string): number | undefined {
  const match = SPAN.exec(text.trim());
  if (match === null) return undefined;
  const ms = Number(match[1]) * UNIT[(match[2] ?? "s") as keyof typeof UNIT];
  return ms > 0 && ms <= 365 * DAY ? Math.round(ms) : undefined;
}

/** Reads `3.33`, `3.33x` into parts per million. None: undefined. */
export function parseMultiple(text: string): number | undefined {
  const match = /^(\d{1,4}(?:\.\d{1,6})?)x?$/.exec(text.trim());
  return match === null ? undefined : Math.round(Number(match[1]) * 1e6);
}

/** Text that somebody else wrote, without what could command a terminal or turn it around. */
export const plainText = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
