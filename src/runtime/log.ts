/** Logs as JSON lines with pino; secrets never reach them. */
import { pino } from "pino";

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What no line may carry, wherever it stands in the fields. */
const SECRET = ["token", "seed", "nkey", "password", "*.token", "*.seed", "*.nkey", "*.password"];

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** @param file where the lines go; standard error when none is given. */
export function makeLog(name: string, level: LogLevel = "info", file?: string): Log {
  const target =
    file === undefined ? { dest: 2, sync: true } : { dest: file, mkdir: true, sync: false };
  return pino(
    {
      ...{ name, level, redact: { paths: SECRET, censor: "[secret]" }, base: { name } },
      // As JSON an error would be an empty object: its stack is where a strategy's author looks first.
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination(target),
  );
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
