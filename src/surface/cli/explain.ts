/** `flotilla explain`: why something was decided as it was, from the journal alone. */
import process from "node:process";
import { EXIT, type ExitCode } from "./exit.ts";
import { findIn } from "./explain-find.ts";
import { explanationLines } from "./explain-text.ts";
import { commandText } from "./header.ts";
import type { GlobalOptions, Io } from "./io.ts";
import { type JournalOptions, withJournalOf } from "./journal-source.ts";

export interface ExplainOptions extends GlobalOptions, JournalOptions {}

export async function runExplain(io: Io, what: string, options: ExplainOptions): Promise<ExitCode> {
  return withJournalOf(io, options, async ({ fleet, journal }) => {
    const { explanation, later } = await findIn(fleet, journal, what);
    // A name may come to stand for more; a place in the journal is the same for ever.
    const place = explanation.kind === "decision" ? explanation.place : what;
    const file = options.journal === undefined ? [] : ["--journal", options.journal];
    const home = options.home ?? io.env["FLOTILLA_HOME"];
    const replay = commandText("explain", [place, ...file], home, process.argv);
    io.tell({ ...explanation, later, replay });
    for (const line of explanationLines(explanation, later, replay, io.paint)) io.say(line);
    return EXIT.ok;
  });
}
