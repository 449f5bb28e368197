/** Keeps what a strategy is given as it was: freezes what can be frozen, and compares the rest. */

type Parts = readonly unknown[];

interface Loose {
  readonly path: string;
  readonly value: object;
  readonly was: Parts;
}

/** What `Object.freeze` does not keep from being written to: its parts, in order. None: undefined. */
function partsOf(value: object): Parts | undefined {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (!ArrayBuffer.isView(value)) return undefined;
  return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
}

const isSame = (a: Parts, b: Parts): boolean =>
  a.length === b.length && a.every((part, i) => Object.is(part, b[i]));

/** What lies below, by the path to it. */
function below(value: object, path: string): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) {
    return [...value].flatMap(([key, held]) => {
      const named = typeof key === "object" ? "a key" : String(key);
      return [[`a key of ${path}`, key] as const, [`${path}.get(${named})`, held] as const];
    });
  }
  if (value instanceof Set) return [...value].map((held) => [`a member of ${path}`, held] as const);
  if (ArrayBuffer.isView(value)) return [];
  return Object.entries(value).map(([name, held]) => [`${path}.${name}`, held] as const);
}

/** Watches values from when they are given, all the way down. */
export class Kept {
  readonly #loose: Loose[] = [];
  readonly #seen = new Set<object>();

  /** Freezes it, and keeps what it is made of. `name` is what its author calls it. */
  keep(name: string, value: unknown): this {
    if (typeof value !== "object" || value === null || this.#seen.has(value)) return this;
    this.#seen.add(value);
    const was = partsOf(value);
    if (was === undefined) Object.freeze(value);
    else this.#loose.push({ path: name, value, was });
    for (const [path, part] of below(value, name)) this.keep(path, part);
    return this;
  }

  /** The first that is not what it was, in words; "" while all is. */
  changed(): string {
    const found = this.#loose.find(({ value, was }) => !isSame(was, partsOf(value) ?? []));
    if (found === undefined) return "";
    const kind = found.value.constructor.name;
    return `the ${kind} ${found.path}; make a new one of it and change that`;
  }
}
