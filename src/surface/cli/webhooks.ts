/** `flotilla webhooks`: how each webhook of a fleet has fared, from its own small file. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type WebhookState, webhookFile, webhookStore } from "../../runtime/webhook-state.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { GlobalOptions, Io, Paint } from "./io.ts";
import { count, plainText, span } from "./numbers.ts";
import { findPlace } from "./place.ts";
import { type Column, table } from "./table.ts";

interface Row extends WebhookState {
  readonly name: string;
}

const ago = (at: number, now: number): string => (at === 0 ? "-" : `${span(now - at)} ago`);

/** Rows for eyes. */
export function webhookLines(rows: readonly Row[], now: number, paint: Paint): string[] {
  const columns: readonly Column<Row>[] = [
    { title: "webhook", cell: ({ name }) => name, paint: (text) => paint.bold(text) },
    { title: "delivered", right: true, cell: ({ delivered }) => count(delivered) },
    { title: "last", right: true, cell: ({ deliveredAt }) => ago(deliveredAt, now) },
    { title: "tried again", right: true, cell: ({ retried }) => count(retried) },
    {
      title: "given up",
      right: true,
      cell: ({ givenUp }) => count(givenUp),
      paint: (text, { givenUp }) => (givenUp > 0 ? paint.red(text) : text),
    },
    { title: "up to", right: true, cell: ({ seq }) => `message ${seq}` },
    {
      title: "last failure",
      cell: ({ failure, failedAt }) =>
        failure === "" ? "none" : `${plainText(failure)}, ${ago(failedAt, now)}`,
    },
  ];
  return rows.length === 0
    ? ["no webhook has run yet: see docs/webhooks.md"]
    : table(columns, rows);
}

export async function runWebhooks(io: Io, options: GlobalOptions): Promise<ExitCode> {
  const { layout } = await findPlace(io, options);
  const dir = layout.coordinator;
  const names = await readdir(join(dir, "webhooks")).catch(() => []);
  const rows: Row[] = [];
  for (const file of names.filter((one) => one.endsWith(".json")).sort()) {
    const name = file.slice(0, -".json".length);
    const state = await webhookStore(webhookFile(dir, name)).load();
    if (state !== undefined) rows.push({ name, ...state });
  }
  for (const row of rows) io.tell(row);
  for (const line of webhookLines(rows, Date.now(), io.paint)) io.say(line);
  return EXIT.ok;
}
