/** Any plain value as text and back, exactly: bigints, maps, undefined and odd numbers too. */

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function packed(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return { $big: value.toString() };
    case "undefined":
      return { $undefined: true };
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: numberText(value) };
    default:
      break;
  }
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(packed);
  if (value instanceof Map) return { $map: [...value].map(([k, v]) => [packed(k), packed(v)]) };
  const entries = Object.entries(value).map(([k, v]): [string, unknown] => [k, packed(v)]);
  // A key of ours that somebody else uses must not be taken for ours.
  const clash = entries.some(([k]) => k.startsWith("$"));
  return clash ? { $object: entries } : Object.fromEntries(entries);
}

const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

function unpacked(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(unpacked);
  const entries: [string, unknown][] = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1) {
    const [key, inner] = first;
    if (key === "$big") return BigInt(String(inner));
    if (key === "$undefined") return undefined;
    if (key === "$number") return Number(inner);
    if (key === "$map" && Array.isArray(inner)) {
      return new Map(inner.map(([k, v]: [unknown, unknown]) => [unpacked(k), unpacked(v)]));
    }
    if (key === "$object" && Array.isArray(inner)) return objectOf(inner);
  }
  return objectOf(entries);
}

/** `fromEntries` defines each key as its own, `__proto__` too. */
const objectOf = (entries: readonly [string, unknown][]): object =>
  Object.fromEntries(entries.map(([k, v]) => [k, unpacked(v)]));

/** Writes a value on one line. */
export const toPlainText = (value: unknown): string => JSON.stringify(packed(value));

/** Reads it back. @throws SyntaxError when the text was not so written. */
export const fromPlainText = (text: string): unknown => unpacked(JSON.parse(text));
