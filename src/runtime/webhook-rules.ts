/** Who is told of events by webhook, as the fleet file says it: addresses, secrets, events, patience. */
import { z } from "zod";
import { HOUR } from "../core/time.ts";
import { durationField } from "../protocol/fields.ts";

/** Secrets shorter than this are guessed. */
export const SECRET_LENGTH_MIN = 16;

const EVENTS = /^(\*|[A-Z][A-Za-z0-9]{0,63}\*?)$/;

export const WEBHOOK_FIELDS = z.strictObject({
  /** Names it in logs, in its cursor's file and in `flotilla webhooks`. */
  name: z.string().regex(/^[a-z0-9-]{1,32}$/, "is 1 to 32 of a-z, 0-9 and -"),
  url: z.string().max(2_048),
  /** A file from the fleet file's folder, or a variable of the environment: exactly one of them. */
  secretFile: z.string().min(1).optional(),
  secretEnv: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/)
    .optional(),
  /** Types of public events; a name may end in "*". */
  events: z
    .array(z.string().regex(EVENTS, "is a type of event, such as MarginCalled or Margin*"))
    .min(1)
    .max(64),
  /** An event older than this is tried once more and then given up, in ms. */
  giveUpAfterMs: durationField.default(HOUR),
});

export type WebhookRule = z.output<typeof WEBHOOK_FIELDS>;

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);

/** Why an address may not be used. None: undefined when it may. */
export function urlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return "is no address";
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== "" || password !== "") return "must not carry a name or password";
  if (hash !== "") return "must not have a fragment";
  if (protocol === "https:") return undefined;
  if (protocol !== "http:") return "must begin with https:";
  return isLoopback(hostname)
    ? undefined
    : "must begin with https: (http: is for this machine only)";
}

/** What a fleet file may not say, each by its name. */
export function webhookFaults(hooks: readonly WebhookRule[]): readonly string[] {
  const faults: string[] = [];
  const names = new Set<string>();
  hooks.forEach(({ name, url, secretFile, secretEnv }, i) => {
    const fault = urlFault(url);
    if (fault !== undefined) faults.push(`webhooks.${i}.url: ${fault}`);
    if ((secretFile === undefined) === (secretEnv === undefined))
      faults.push(`webhooks.${i}: needs one of secretFile and secretEnv`);
    if (names.has(name)) faults.push(`webhooks.${i}.name: ${name} stands twice`);
    names.add(name);
  });
  return faults;
}

/** Is an event of this type wanted? */
export const wants = ({ events }: Pick<WebhookRule, "events">, type: string): boolean =>
  events.some((one) => (one.endsWith("*") ? type.startsWith(one.slice(0, -1)) : one === type));
