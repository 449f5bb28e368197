/** What an agent delivers for a job, as one text. */

/** The law takes so many characters of a result. */
const RESULT_MAX = 200;

/** As many of the parts as fit, with commas between. Never half a part, which its buyer would read as another. */
export function resultOf(parts: Iterable<string>): string {
  const fit: string[] = [];
  let length = -2;
  for (const part of parts) {
    length += part.length + 2;
    if (length > RESULT_MAX) break;
    fit.push(part);
  }
  return fit.join(", ");
}
