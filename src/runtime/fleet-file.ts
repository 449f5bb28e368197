/** The fleet file: what the operator wants, checked whole, every fault told at once. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { type FleetId, fleetId } from "../core/ids.ts";
import { micro, price, qty } from "../core/money.ts";
import { ONE, type Ppm } from "../core/ppm.ts";
import { CRISIS_DEFAULTS, CRISIS_FIELDS, crisisFaults } from "../protocol/crisis-policy.ts";
import {
  agentField,
  amount,
  amountOrZero,
  assetField,
  durationField,
  leverageField,
  marketField,
  partField,
  ppmField,
} from "../protocol/fields.ts";
import type { Policy } from "../protocol/policy.ts";
import { MARGIN_MODES, SERVICES } from "../protocol/words.ts";
import { tiersFault } from "../risk/margin.ts";
import { loadHistory } from "../venue/paper/history.ts";
import { historyFile } from "../venue/paper/load-tape.ts";
import { AGREEMENT_FIELDS, type AgreementPlan, agreementFaults } from "./agreement-rules.ts";
import { CONTAINMENT_FIELDS, type Containment } from "./containment-rules.ts";
import { MARKET_FIELDS, POLICY_FIELDS, PRICES_FIELDS, pricesFaults } from "./fleet-file-fields.ts";
import type { DeskSettings } from "./risk-desk.ts";
import { nearestOf } from "./suggest.ts";
import { WEBHOOK_FIELDS, type WebhookRule, webhookFaults } from "./webhook-rules.ts";

/** How the fleet's risk is measured; absent: as written here. */
const risk = z.strictObject({
  /** Confidence of the value at risk that the limit and the components are of. */
  level: ppmField.default(990_000 as Ppm),
  /** Days of the history that are replayed, at most. */
  window: z.number().int().min(100).max(5_000).default(1_000),
  /** A file of daily closes, from this file's folder; absent: the one that comes with the project. */
  history: z.string().min(1).optional(),
  /** Returns of one monitoring period: 30 finds what is sudden, 130 what is small. */
  driftHorizon: z.union([z.literal(30), z.literal(130)]).default(30),
});

const agent = z.strictObject({
  agent: agentField,
  /** Which specialist of the roster it is; without it and `module` it is run by somebody else. */
  kind: z.string().optional(),
  /** A specialist of one's own: a built module that exports it, from this file's folder. */
  module: z.string().min(1).optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  delegation: z.strictObject({
    cap: amount,
    services: z.array(z.enum(SERVICES)).min(1),
    maxLeverage: leverageField,
    priority: z.number().int().min(1).max(1_000),
    mode: z.enum(MARGIN_MODES),
    floor: amountOrZero,
    leaseMs: durationField,
  }),
});

const FILE = z.strictObject({
  $schema: z.string().optional(),
  fleet: z.string().regex(/^[a-z0-9-]{1,32}$/, "is 1 to 32 of a-z, 0-9 and -"),
  /** `paper` is the only mode that needs no keys. */
  mode: z.enum(["paper"]),
  paper: z.strictObject({
    seed: z.string().max(64),
    /** Market seconds in one second. */
    speed: z.number().positive().max(100_000),
    /** Market time of the beginning; absent: the tape's start. */
    start: z.iso.datetime().optional(),
    /** Market time goes slowly until the fleet's positions come to this much. Absent: never. */
    waitFor: amount.optional(),
    /** A crowd with an insurance fund: the venue then liquidates and deleverages. Absent: none. */
    crowd: z.boolean().optional(),
  }),
  /** Paper money that the wallet starts with. */
  deposits: z.array(z.strictObject({ asset: assetField, amount: z.string().max(44) })),
  policy: POLICY_FIELDS,
  risk: risk.prefault({}),
  containment: CONTAINMENT_FIELDS.prefault({}),
  /** Who is told of events over HTTP. */
  webhooks: z.array(WEBHOOK_FIELDS).max(16).default([]),
  agreements: z.array(AGREEMENT_FIELDS).max(64).default([]),
  assets: z.array(
    z.strictObject({
      ...{ asset: assetField, haircut: ppmField, market: marketField.optional() },
      /** Of a holding kept for long: its own bound of what may be lent. Absent: the policy's. */
      lendShare: partField.exactOptional(),
    }),
  ),
  markets: z.array(MARKET_FIELDS).min(1),
  agents: z.array(agent),
});

type Parsed = z.output<typeof FILE>;
export type AgentPlan = Parsed["agents"][number];

export interface FleetFile {
  readonly fleet: FleetId;
  readonly policy: Policy;
  /** Of the rules alone: the journal keeps it, so a change of rules is an event. */
  readonly policyHash: string;
  readonly paper: Parsed["paper"];
  readonly deposits: Parsed["deposits"];
  readonly agents: readonly AgentPlan[];
  readonly agreements: readonly AgreementPlan[];
  readonly risk: RiskPlan;
  readonly containment: Containment;
  /** Their secret files by paths that can be opened. */
  readonly webhooks: readonly WebhookRule[];
}

/** What the risk desk needs, its history by a path that can be opened. */
export interface RiskPlan extends DeskSettings {
  readonly history: string;
}

/** The file cannot be used; every fault is told. */
export class FleetFileError extends Error {
  override readonly name = "FleetFileError";
  readonly code = "fleet-file";
  readonly retryable = false;
  readonly faults: readonly string[];
  constructor(path: string, faults: readonly string[]) {
    super(`${path} cannot be used:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

const bigintSafe = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? value.toString() : value;

function toPolicy(parsed: Parsed): Policy {
  const { varLimit, crisis, markStillMaxMs, prices, ...others } = parsed.policy;
  const { domainHaircut, marginRate, referrer, stableShareMin, ...rules } = others;
  return {
    ...rules,
    ...(varLimit === undefined ? {} : { varLimit }),
    ...(markStillMaxMs === undefined ? {} : { markStillMaxMs }),
    ...(prices === undefined ? {} : { prices }),
    ...(domainHaircut === undefined ? {} : { domainHaircut }),
    ...(stableShareMin === undefined ? {} : { stableShareMin }),
    ...(marginRate === undefined ? {} : { marginRate }),
    ...(referrer === undefined ? {} : { referrer }),
    ...(crisis === undefined ? {} : { crisis: { ...CRISIS_DEFAULTS, ...crisis } }),
    markets: parsed.markets.map(({ venue, ...one }) => ({
      ...one,
      ...(venue === undefined ? {} : { venue }),
      lot: qty(one.lot),
      tick: price(one.tick),
      minNotional: micro(one.minNotional),
      tiers: one.tiers.map((row) => ({ ...row, upTo: row.upTo })),
    })),
    assets: parsed.assets.map((one) => ({ ...one, market: one.market })),
  };
}

/** Rules between fields, each by its name. */
function crossFaults(parsed: Parsed): string[] {
  const faults: string[] = [];
  const { yellow, orange, red, hysteresis } = parsed.policy.zones;
  if (!(0 < yellow && yellow < orange && orange < red && red <= ONE)) {
    const was = `${yellow}, ${orange}, ${red}`;
    faults.push(`policy.zones: must rise from yellow to red, at most 1000000, was ${was}`);
  }
  if (hysteresis >= yellow)
    faults.push(`policy.zones.hysteresis: must be below yellow, was ${hysteresis}`);
  const below = ["dryPowder", "collar", "stopShare", "lendShare"] as const;
  for (const field of below) {
    if (parsed.policy[field] >= ONE)
      faults.push(`policy.${field}: must be below 1000000, was ${parsed.policy[field]}`);
  }
  if (parsed.policy.collar * 3 >= ONE)
    faults.push("policy.collar: three times it must be below 1000000");
  const { level } = parsed.risk;
  if (level < ONE / 2 || level >= ONE)
    faults.push(`risk.level: must be from 500000 to below 1000000, was ${level}`);
  const { crisis, answerWithinMs } = parsed.policy;
  if (crisis !== undefined)
    faults.push(...crisisFaults({ ...CRISIS_DEFAULTS, ...crisis }, answerWithinMs));
  for (const rule of ["varLimit", "stableShareMin"] as const)
    if (parsed.policy[rule] === 0) faults.push(`policy.${rule}: must be above 0, or absent`);
  faults.push(...webhookFaults(parsed.webhooks), ...agreementFaults(parsed.agreements));
  faults.push(...pricesFaults(parsed.policy));
  const markets = new Set(parsed.markets.map((one) => one.market));
  if (markets.size < parsed.markets.length) faults.push("markets: a market stands twice");
  parsed.markets.forEach((one, i) => {
    const fault = tiersFault(one.tiers.map((row) => ({ ...row, upTo: row.upTo })));
    if (fault !== undefined) faults.push(`markets.${i}.tiers: ${fault.reason}`);
  });
  parsed.assets.forEach((one, i) => {
    if (one.haircut > ONE)
      faults.push(`assets.${i}.haircut: must be at most 1000000, was ${one.haircut}`);
    if (one.asset !== "USDC" && (one.market === undefined || !markets.has(one.market))) {
      faults.push(`assets.${i}.market: ${one.asset} needs a market of this file that values it`);
    }
  });
  const names = new Set<string>();
  parsed.agents.forEach((one, i) => {
    if (names.has(one.agent)) faults.push(`agents.${i}.agent: ${one.agent} stands twice`);
    if (one.agent === "fleet" || one.agent === "operator" || one.agent === "observer") {
      faults.push(`agents.${i}.agent: ${one.agent} is reserved`);
    }
    names.add(one.agent);
    if (one.kind !== undefined && one.module !== undefined)
      faults.push(`agents.${i}: has a kind or a module, not both`);
    if (one.delegation.floor > one.delegation.cap) {
      faults.push(`agents.${i}.delegation.floor: must be at most the cap`);
    }
  });
  return faults;
}

const KNOWN = [
  ...["fleet", "mode", "paper", "deposits", "policy", "assets", "markets", "agents"],
  ...["risk", "containment", "webhooks", "agreements"],
]
  .concat(
    Object.keys(POLICY_FIELDS.shape),
    Object.keys(MARKET_FIELDS.shape),
    Object.keys(agent.shape),
  )
  .concat(Object.keys(agent.shape.delegation.shape), Object.keys(POLICY_FIELDS.shape.zones.shape))
  .concat(Object.keys(CRISIS_FIELDS.shape), Object.keys(PRICES_FIELDS.shape))
  .concat(Object.keys(risk.shape), Object.keys(CONTAINMENT_FIELDS.shape))
  .concat(Object.keys(WEBHOOK_FIELDS.shape), Object.keys(AGREEMENT_FIELDS.shape));

function issueText(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") return `${path}: ${issue.message}`;
  const told = issue.keys.map((key) => {
    const near = nearestOf(key, KNOWN);
    return near === undefined ? `"${key}"` : `"${key}" (did you mean "${near}"?)`;
  });
  return `${path === "" ? "the file" : path}: unknown ${told.join(", ")}`;
}

/** Reads and checks the text of a fleet file. @throws FleetFileError with every fault. */
export function parseFleetFile(path: string, text: string): FleetFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (fault) {
    throw new FleetFileError(path, [`it is no JSON: ${(fault as Error).message}`]);
  }
  const parsed = FILE.safeParse(json);
  if (!parsed.success) throw new FleetFileError(path, parsed.error.issues.map(issueText));
  const faults = crossFaults(parsed.data);
  if (faults.length > 0) throw new FleetFileError(path, faults);
  const rules = toPolicy(parsed.data);
  const policyHash = createHash("sha256").update(JSON.stringify(rules, bigintSafe)).digest("hex");
  const { paper, deposits, containment, webhooks, risk: asked } = parsed.data;
  const agents = parsed.data.agents.map(({ module, ...plan }) =>
    module === undefined ? plan : { ...plan, module: resolve(dirname(path), module) },
  );
  const history =
    asked.history === undefined ? historyFile() : resolve(dirname(path), asked.history);
  return {
    ...{ fleet: fleetId(parsed.data.fleet), policy: rules, policyHash, paper, deposits, agents },
    risk: { ...asked, history },
    containment,
    agreements: parsed.data.agreements,
    webhooks: webhooks.map(({ secretFile, ...hook }) =>
      secretFile === undefined ? hook : { ...hook, secretFile: resolve(dirname(path), secretFile) },
    ),
  };
}

/** @throws FleetFileError when it is not there or cannot be used. */
export async function readFleetFile(path: string): Promise<FleetFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (fault) {
    throw new FleetFileError(path, [`it cannot be read: ${(fault as Error).message}`]);
  }
  const file = parseFleetFile(path, text);
  const missing = file.agents.flatMap(({ module }, i) =>
    module === undefined || existsSync(module)
      ? []
      : [`agents.${i}.module: there is no ${module}; has it been built?`],
  );
  if (missing.length > 0) throw new FleetFileError(path, missing);
  try {
    loadHistory(file.risk.history);
  } catch (fault) {
    throw new FleetFileError(path, [`risk.history: ${(fault as Error).message}`]);
  }
  return file;
}
