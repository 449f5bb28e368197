/** `flotilla allocate`: caps of equal risk, from the books that the journal holds and the days of a history. */
import { type EqualRisk, type EqualRiskLine, equalRisk } from "../../runtime/equal-risk.ts";
import { scenariosOf } from "../../runtime/risk-desk-scenarios.ts";
import { loadHistory } from "../../venue/paper/history.ts";
import { historyFile } from "../../venue/paper/load-tape.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io, Paint } from "./io.ts";
import { type JournalOptions, withJournalOf } from "./journal-source.ts";
import { money, percent, plural } from "./numbers.ts";
import { type Column, table } from "./table.ts";
import { folded } from "./what-if.ts";

export interface AllocateOptions extends GlobalOptions, JournalOptions {
  readonly history?: string;
  readonly days: string;
}

const share = (part: number): string => percent(Math.round(part * 1e6));

/** The answer for eyes: each agent's cap and part of the risk, the cap of equal parts, and how to get there. */
export function allocateLines({ lines, days, now, equal }: EqualRisk, paint: Paint): string[] {
  const even = share(1 / lines.length);
  const columns: readonly Column<EqualRiskLine>[] = [
    { title: "agent", cell: (row) => row.agent, paint: (text) => paint.bold(text) },
    { title: "cap", right: true, cell: (row) => money(row.cap) },
    { title: "reserved", right: true, cell: (row) => money(row.reserved) },
    { title: "of the risk", right: true, cell: (row) => share(row.part) },
    { title: `cap for ${even}`, right: true, cell: (row) => money(row.equalCap) },
  ];
  const lower = lines.filter(({ cap, equalCap }) => Number(equalCap) < Number(cap));
  const higher = lines.filter(({ cap, equalCap }) => Number(equalCap) > Number(cap));
  const step = (verb: string, { agent, equalCap }: EqualRiskLine): string =>
    `  flotilla ${verb} ${agent} ${equalCap}`;
  return [
    ...table(columns, lines),
    `A day's result scatters by ${money(now)} USDC, with equal parts by ${money(equal)} ` +
      `(${plural(days, "day")} replayed). Nothing was changed; to do it, cuts first:`,
    ...lower.map((line) => step("cut", line)),
    ...higher.map((line) => step("raise", line)),
  ];
}

export async function runAllocate(io: Io, options: AllocateOptions): Promise<ExitCode> {
  const days = Number(options.days);
  if (!Number.isSafeInteger(days) || days < 2)
    throw new CliError(EXIT.usage, `--days is a whole number of at least 2, was "${options.days}"`);
  const scenarios = scenariosOf(loadHistory(options.history ?? historyFile()), days);
  return withJournalOf(io, options, async ({ fleet, journal }) => {
    const law = await folded(fleet, journal);
    const found = equalRisk(law, scenarios);
    if (!found.ok) throw new CliError(EXIT.failed, `it cannot be told: ${found.reason}`);
    io.tell({ fleet, seq: law.seq, ...found.value });
    for (const line of allocateLines(found.value, io.paint)) io.say(line);
    return EXIT.ok;
  });
}
