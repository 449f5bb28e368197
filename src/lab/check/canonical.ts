/** A state as one text: the same for two that mean the same, whatever made them. */

/** Absent and undefined mean the same; the order of maps and sets counts, for what is done follows it. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, plain);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  return value;
}

/** Where two texts first differ, with a little of what stands there. */
export function difference(ours: string, theirs: string): string {
  let at = 0;
  while (at < ours.length && ours[at] === theirs[at]) at += 1;
  const part = (text: string): string => text.slice(Math.max(0, at - 80), at + 80);
  return `${part(ours)} <> ${part(theirs)}`;
}
