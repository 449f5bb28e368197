/** Sieves made of schemas: what passes one is as its schema would give it back, and need not be read. */
import { z } from "zod";

type Schema = z.core.$ZodType;
type Passes = (value: unknown) => boolean;

interface Part {
  /** Whether the schema takes this value and changes nothing in it. */
  readonly passes: Passes;
  /** Whether it takes nothing but what passes: then another of a union may be asked instead. */
  readonly whole: boolean;
}

/**
 * Whether a value comes out of its schema as it goes in, found in a small part of the time. `false` says
 * nothing but that the schema is to be asked: it knows what is wrong, or what to change.
 */
export const sieveOf = (schema: Schema): Passes => partOf(schema).passes;

function partOf(schema: Schema): Part {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "string":
      return textPart(schema, def.checks ?? []);
    case "number":
      return numberPart(schema, def.checks ?? []);
    case "boolean":
      return { passes: (value) => typeof value === "boolean", whole: true };
    case "enum":
      return among(Object.values(def.entries));
    case "literal":
      return among(def.values);
    case "array":
      return arrayPart(schema, def);
    case "object":
      return objectPart(schema, def);
    case "record":
      return recordPart(schema, def);
    case "union":
      return unionPart(schema, def.options);
    case "custom":
      // One that promises an answer, or says another thing than true, is asked.
      return { passes: (value) => def.fn(value) === true, whole: false };
    case "nullable": {
      const { passes, whole } = partOf(def.innerType);
      return { passes: (value) => value === null || passes(value), whole };
    }
    default:
      return asked(schema);
  }
}

/** A schema of a kind that is not known here: it is asked, for it may change what it takes. */
const asked = (schema: Schema): Part => ({
  passes: (value) => {
    const read = z.safeParse(schema, value);
    return read.success && read.data === value;
  },
  whole: false,
});

function among(values: readonly unknown[]): Part {
  const known = new Set(values);
  return { passes: (value) => known.has(value), whole: true };
}

type Checks = readonly z.core.$ZodCheck<never>[];

function textPart(schema: Schema, checks: Checks): Part {
  const patterns: RegExp[] = [];
  let longest = Number.POSITIVE_INFINITY;
  for (const { _zod } of checks) {
    const def = _zod.def as z.core.$ZodChecks["_zod"]["def"];
    if (def.check === "max_length") longest = Math.min(longest, def.maximum);
    else if (def.check === "string_format" && def.format === "regex" && def.pattern !== undefined)
      patterns.push(new RegExp(def.pattern.source, def.pattern.flags.replace(/[gy]/g, "")));
    else return asked(schema);
  }
  const [pattern, ...others] = patterns;
  if (others.length > 0) return asked(schema);
  const passes: Passes = (value) =>
    typeof value === "string" &&
    value.length <= longest &&
    (pattern === undefined || pattern.test(value));
  return { passes, whole: true };
}

function numberPart(schema: Schema, checks: Checks): Part {
  const formats = checks.map(({ _zod }) => _zod.def as z.core.$ZodCheckNumberFormatDef);
  if (formats.length === 0) return { passes: Number.isFinite, whole: true };
  if (formats.every(({ format }) => format === "safeint"))
    return { passes: Number.isSafeInteger, whole: true };
  return asked(schema);
}

function arrayPart(schema: Schema, { element, checks = [] }: z.core.$ZodArrayDef): Part {
  let most = Number.POSITIVE_INFINITY;
  for (const { _zod } of checks) {
    const def = _zod.def as z.core.$ZodChecks["_zod"]["def"];
    if (def.check !== "max_length") return asked(schema);
    most = Math.min(most, def.maximum);
  }
  const { passes: fits, whole } = partOf(element);
  const passes: Passes = (value) => {
    if (!Array.isArray(value) || value.length > most) return false;
    for (let i = 0; i < value.length; i++) if (!fits(value[i])) return false;
    return true;
  };
  return { passes, whole };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

interface Field {
  readonly name: string;
  readonly mayMiss: boolean;
  readonly passes: Passes;
}

/** Unknown fields are let through, as by a loose object; others are asked. */
function objectPart(schema: Schema, { shape, catchall, checks = [] }: z.core.$ZodObjectDef): Part {
  if (catchall?._zod.def.type !== "unknown" || checks.length > 0) return asked(schema);
  let whole = true;
  const fields = Object.entries(shape).map(([name, field]): Field => {
    const { def } = (field as z.core.$ZodTypes)._zod;
    const mayMiss = def.type === "optional";
    const part = partOf(mayMiss ? def.innerType : field);
    // A field that is there and undefined does not pass, though its schema may take it.
    if (mayMiss || !part.whole) whole = false;
    return { name, mayMiss, passes: part.passes };
  });
  const passes: Passes = (value) => {
    if (!isObject(value)) return false;
    for (const field of fields) {
      const held = value[field.name];
      if (held === undefined) {
        if (!field.mayMiss || field.name in value) return false;
      } else if (!field.passes(held)) return false;
    }
    return true;
  };
  return { passes, whole };
}

function recordPart(schema: Schema, { keyType, valueType, checks }: z.core.$ZodRecordDef): Part {
  const { def } = (keyType as z.core.$ZodTypes)._zod;
  const anyKey = def.type === "string" && (def.checks ?? []).length === 0;
  if (!anyKey || (checks ?? []).length > 0) return asked(schema);
  const { passes: fits, whole } = partOf(valueType);
  const passes: Passes = (value) => isObject(value) && Object.values(value).every(fits);
  return { passes, whole };
}

function unionPart(schema: Schema, options: readonly Schema[]): Part {
  const parts = options.map(partOf);
  if (!parts.every(({ whole }) => whole)) return asked(schema);
  return { passes: (value) => parts.some(({ passes }) => passes(value)), whole: true };
}
