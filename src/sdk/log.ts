/** Where a specialist tells its operator what happens; shaped so that a pino logger is one. */

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const nowhere: Write = () => {};
export const silentLog: Log = { debug: nowhere, info: nowhere, warn: nowhere, error: nowhere };
