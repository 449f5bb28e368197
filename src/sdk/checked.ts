/** Checks what plain JavaScript, or a cast, may hand over in place of what the types ask for. */
import { SERVICES } from "../protocol/words.ts";

/** Waits that JavaScript's timers can hold; a longer one would end at once. */
const WAIT_MAX_MS = 2_147_483_647;

type Fields = Readonly<Record<string, unknown>>;
/** What a field must be, and how to mend it. */
type Rule = readonly [field: string, holds: (value: unknown) => boolean, rule: string];

const isFunction = (value: unknown): boolean => typeof value === "function";
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const absentOr =
  (holds: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || holds(value);

/** A text that was made of what is not there says "undefined", and fits most patterns. */
const isName =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === "string" && pattern.test(value) && !/^(undefined|null|nan)$/.test(value);

const DEFINITION: readonly Rule[] = [
  ["name", isName(/^[a-z0-9-]{1,32}$/), 'is 1 to 32 of a-z, 0-9 and "-"'],
  ["service", (value) => SERVICES.some((one) => one === value), `is one of ${SERVICES.join(", ")}`],
  [
    "config",
    (value) => isFields(value) && isFunction(value["safeParse"]),
    "is a schema of zod: z.strictObject({ ... }), empty where there is nothing to configure",
  ],
  ["begin", isFunction, "is a function of view and config that gives the first memory"],
  ["strategy", isFunction, "is a function of view, memory and context that gives a decision"],
  ["intervalMs", isFunction, "is a function of the config that gives ms, such as () => 1_000"],
  [
    "lifecycle",
    absentOr(isFunction),
    "is a function of view and config that gives a machine, or absent",
  ],
  [
    "wakeOn",
    absentOr((value) => Array.isArray(value) && value.every((one) => typeof one === "string")),
    'is a list of events by type, such as ["OrderFilled"], or absent',
  ],
  [
    "wakeOnMark",
    absentOr(isFunction),
    "is a function of the config that gives a list of { market, ppm }, or absent",
  ],
];

const OPTIONS: readonly Rule[] = [
  [
    "nonce",
    isName(/^[a-z0-9]{1,16}$/),
    "is 1 to 16 of a-z and 0-9, another at each start, such as Date.now().toString(36)",
  ],
  ["seed", Number.isSafeInteger, "is a whole number"],
  [
    "link",
    (value) => isFunction(value) || (isFields(value) && isFunction(value["request"])),
    "is a link to a fleet, or a function that makes one: () => connectFleet({ ... })",
  ],
  [
    "timing",
    absentOr((value) => isFields(value) && Object.values(value).every(isDuration)),
    "is made of ms, each a number from 0, or absent",
  ],
];

function isDuration(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= WAIT_MAX_MS;
}

function told(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return isFunction(value) ? "a function" : text.slice(0, 60);
}

/** @throws RangeError that names every fault at once. */
function check(what: string, given: unknown, rules: readonly Rule[]): void {
  const fields = isFields(given) ? given : {};
  const faults = rules
    .filter(([field, holds]) => !holds(fields[field]))
    .map(([field, , rule]) => `${field} ${rule} (it is ${told(fields[field])})`);
  if (faults.length > 0) throw new RangeError(`${what}: ${faults.join("; ")}`);
}

/** @throws RangeError that names each field which is not what a definition has there. */
export const checkDefinition = (given: unknown): void =>
  check("a specialist's definition", given, DEFINITION);

/** @throws RangeError that names each option which is not what a start needs there. */
export const checkOptions = (given: unknown): void => check("a specialist's start", given, OPTIONS);

/** Why a wait is none, or "". Waited for nonetheless it would be no wait at all, again and again. */
export const waitFault = (ms: unknown): string =>
  isDuration(ms) && ms !== 0
    ? ""
    : `intervalMs gave ${told(ms)}: it must give ms, above 0 and up to ${WAIT_MAX_MS}; ` +
      "does the field of the config that it reads exist?";
