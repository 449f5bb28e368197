/** `flotilla what-if`: the cascade simulator asked of the fleet as its journal has it. */
import type { FleetId, MarketId } from "../../core/ids.ts";
import type { Shock } from "../../fleet/cascade-input.ts";
import { emptyState, type Law } from "../../fleet/state.ts";
import { type WhatIf, whatIf } from "../../fleet/what-if.ts";
import { foldEntry } from "../../runtime/recover.ts";
import { nearestOf } from "../../runtime/suggest.ts";
import { EMPTY_HEAD, type JournalPort } from "../../wire/journal.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io, Paint } from "./io.ts";
import { type JournalOptions, withJournalOf } from "./journal-source.ts";
import { coinOf, count, money, percent, priceText } from "./numbers.ts";

export interface WhatIfOptions extends GlobalOptions, JournalOptions {
  readonly shock: string;
}

const MOVE = /^([A-Za-z0-9-]{1,32})=([+-]?\d{1,4}(?:\.\d{1,4})?)\s*%$/;

/** Reads `BTC=-15%,ETH=-20%`; ALL is every coin. @throws CliError for what is no move of a known coin. */
export function parseShock(law: Law, text: string): Shock {
  const shock = new Map<MarketId, number>();
  const markets = [...law.markets.values()].map(({ policy }) => policy);
  for (const part of text.split(",").map((one) => one.trim())) {
    const match = MOVE.exec(part);
    const move = Number(match?.[2]) / 100;
    if (match === null || !(move > -1)) {
      const what = `"${part}" is no move: write it as BTC=-15% (above -100 %)`;
      throw new CliError(EXIT.usage, what);
    }
    const coin = (match[1] ?? "").toUpperCase();
    const meant = markets.filter(
      ({ base, market }) => coin === "ALL" || base === coin || market.toUpperCase() === coin,
    );
    if (meant.length === 0) {
      const known = markets.map(({ base }) => base as string);
      const near = nearestOf(coin, known);
      const hint = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
      throw new CliError(EXIT.usage, `the fleet trades no ${coin} (${hint})`);
    }
    for (const { market } of meant) shock.set(market, move);
  }
  return shock;
}

const share = (fraction: number): string => percent(Math.round(fraction * 1e6));

/** The answer for eyes. */
export function whatIfLines(told: WhatIf, paint: Paint): string[] {
  const row = (name: string, text: string): string => `  ${name.padEnd(13)}${text}`;
  const { equity, zone, calls, sales, insolvent, markets } = told;
  const tone =
    zone.after === "green" ? paint.green : zone.after === "yellow" ? paint.yellow : paint.red;
  return [
    paint.bold(
      markets
        .map(
          (each) =>
            `${coinOf(each.market)} ${priceText(each.before)} -> ${priceText(each.shocked)}`,
        )
        .join(", "),
    ),
    row(
      "equity",
      `${money(equity.before)} -> ${money(equity.shocked)} by the shock -> ` +
        `${money(equity.after)} USDC after all forced sales`,
    ),
    row("zone", `${zone.before} -> ${tone(zone.after)}, ${share(told.utilization)} reserved`),
    row("maintenance", `${share(told.maintenanceRatio)} of equity`),
    row("calls", calls.length === 0 ? "nobody" : paint.red(calls.join(", "))),
    ...(sales.length === 0
      ? [row("forced sales", "none")]
      : sales.map(({ of, market, qty, value }) =>
          row(
            "forced sale",
            `${of}: ${count(qty.toFixed(6))} ${coinOf(market)}, ${money(value)} USDC`,
          ),
        )),
    row(
      "second round",
      `${money(told.secondRound)} USDC lost to our own sales; ` +
        `fixed point after ${told.rounds} rounds`,
    ),
    ...(insolvent.length === 0 ? [] : [row("insolvent", paint.red(insolvent.join(", ")))]),
  ];
}

/** The fleet as its journal has it. @throws what breaks the chain. */
export async function folded(fleet: FleetId, journal: JournalPort): Promise<Law> {
  const state = emptyState(fleet);
  let prev = EMPTY_HEAD.hash;
  for await (const entry of journal.read(1)) {
    foldEntry(state, entry, prev);
    prev = entry.hash;
  }
  return state;
}

export async function runWhatIf(io: Io, options: WhatIfOptions): Promise<ExitCode> {
  return withJournalOf(io, options, async ({ fleet, journal }) => {
    const state = await folded(fleet, journal);
    const shock = parseShock(state, options.shock);
    const answer = whatIf(state, shock);
    if (!answer.ok) throw new CliError(EXIT.failed, `it cannot be simulated: ${answer.reason}`);
    io.tell({ fleet, seq: state.seq, shock: Object.fromEntries(shock), ...answer.value });
    for (const line of whatIfLines(answer.value, io.paint)) io.say(line);
    return EXIT.ok;
  });
}
