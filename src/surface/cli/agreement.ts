/** `flotilla agreement`: with which outsiders debts are netted, and how often. */
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { statusOf } from "./looking.ts";
import { instant, parseSpan, span } from "./numbers.ts";
import { give } from "./operate.ts";
import { findPlace } from "./place.ts";
import { type Column, table } from "./table.ts";

export interface AgreementOptions extends GlobalOptions {
  readonly every: string;
  readonly group?: string;
}

/** The coordinator's own schema says what is wrong with a name. */
export async function runAgreementSet(io: Io, party: string, options: AgreementOptions) {
  const everyMs = parseSpan(options.every);
  if (everyMs === undefined)
    throw new CliError(EXIT.usage, `--every is a span such as 5m or 1h, was "${options.every}"`);
  const { group } = options;
  const body = { party, everyMs, ...(group === undefined ? {} : { group }) };
  return give(io, await findPlace(io, options), "SetAgreement", body, `agreement with ${party}`);
}

export async function runAgreementEnd(io: Io, party: string, options: GlobalOptions) {
  const what = `end of the agreement with ${party}`;
  return give(io, await findPlace(io, options), "EndAgreement", { party }, what);
}

export async function runAgreements(io: Io, options: GlobalOptions): Promise<ExitCode> {
  const { agreements = [] } = await statusOf(io, options);
  for (const one of agreements) io.tell(one);
  for (const line of agreementsText(agreements)) io.say(line);
  return EXIT.ok;
}

type Row = NonNullable<Awaited<ReturnType<typeof statusOf>>["agreements"]>[number];

/** One line a party, or that there is none. */
export function agreementsText(agreements: readonly Row[]): readonly string[] {
  if (agreements.length === 0) return ["no debts are netted: there is no agreement"];
  const columns: readonly Column<Row>[] = [
    { title: "party", cell: ({ party }) => party },
    { title: "group", cell: ({ group }) => group },
    { title: "every", right: true, cell: ({ everyMs }) => span(everyMs) },
    { title: "interval ends", cell: ({ nextAt }) => `${instant(nextAt)} UTC` },
  ];
  return table(columns, agreements);
}
