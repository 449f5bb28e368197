/** Names that a person gives on the command line: what is wrong with one, in words. */
import { isName } from "../../core/ids.ts";
import { isReservedAgent } from "../../wire/subjects.ts";
import { plainText } from "./numbers.ts";

/** Why `text` cannot name an agent, or undefined. `taken`: more names that somebody has already. */
export function nameFault(
  what: string,
  text: string,
  taken: readonly string[] = [],
): string | undefined {
  if (!isName(text)) return `${what} is 1 to 32 of a-z, 0-9 and "-", was "${plainText(text)}"`;
  // It would be an option of every command, this program's and others'.
  if (text.startsWith("-")) return `${what} cannot begin with "-", was "${text}"`;
  if (!isReservedAgent(text) && !taken.includes(text)) return undefined;
  return `${what} cannot be named ${text}: the program itself uses that name`;
}
