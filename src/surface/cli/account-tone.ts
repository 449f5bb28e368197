/** How a line of the account looks: what went well, what went wrong, and whose it is. */
import type { PublicEvent } from "../../protocol/public.ts";
import { number, text } from "./fields.ts";
import type { Paint } from "./io.ts";
import { timeOfDay } from "./numbers.ts";

export type Tone = "plain" | "dim" | "good" | "bad" | "warn";

export interface Line {
  /** Epoch ms. */
  readonly at: number;
  readonly who: string;
  readonly text: string;
  readonly tone: Tone;
}

const TONES: Readonly<Record<string, Tone>> = {
  OrderApproved: "dim",
  StopConfirmed: "dim",
  AgentEnrolled: "dim",
  FleetConfigured: "dim",
  LeaderElected: "dim",
  EscrowRequested: "dim",
  EscrowReleased: "good",
  LoanOpened: "good",
  CoverageRestored: "good",
  StableShareRestored: "good",
  BooksAgree: "good",
  MarginCured: "good",
  MarginResolved: "good",
  MaintenanceAlert: "warn",
  CashRaised: "warn",
  LiquidationPlanned: "warn",
  PositionsCrossed: "warn",
  PositionToppedUp: "warn",
  DryPowderDeployed: "warn",
  DrawdownCut: "warn",
  ShortfallCut: "warn",
  LeverageScaled: "warn",
  CapCut: "warn",
  ModeSet: "warn",
  LeaseExpired: "warn",
  EscrowRefunded: "warn",
  StopTriggered: "warn",
  Rejected: "warn",
  EffectAnswered: "warn",
  OrderUnresolved: "warn",
  MarkRefused: "warn",
  SourceDoubted: "warn",
  SourceBelieved: "good",
  PriceCertain: "good",
  SourceQuarantined: "bad",
  PriceUncertain: "bad",
  MarginCalled: "bad",
  MarginExpired: "bad",
  PositionStopped: "bad",
  TrailingStopHit: "bad",
  VenueLiquidated: "bad",
  AutoDeleveraged: "bad",
  HedgeBared: "bad",
  AgentContained: "bad",
  FloorBreached: "bad",
  BetDisputed: "bad",
  BettingHeld: "bad",
  BetUnproven: "warn",
  BetNonceSkipped: "warn",
  SeedDrawsUntold: "warn",
  PositionClosing: "bad",
  StopFailed: "bad",
  CoverageLost: "bad",
  StableShareLow: "warn",
  BooksDiffer: "bad",
  ReportUnmatched: "bad",
  DelegationRevoked: "bad",
};

const ZONE_TONES: Readonly<Record<string, Tone>> = { green: "good", yellow: "warn" };

export function toneOf(event: PublicEvent): Tone {
  if (event.type === "ZoneChanged") return ZONE_TONES[text(event, "to")] ?? "bad";
  if (event.type === "BetChecked") return text(event, "verified") === "true" ? "good" : "bad";
  if (event.type === "FillBooked" && number(event, "realized") < 0) return "plain";
  return TONES[event.type] ?? "plain";
}

const WHO_WIDTH = 11;
const HUES = ["cyan", "magenta", "yellow", "blue", "green"] as const;

/** The same name has always the same colour. */
function hueOf(who: string): (typeof HUES)[number] {
  const known = ["trading", "casino", "escrow", "lending"].indexOf(who);
  if (known >= 0) return HUES[known] ?? "cyan";
  let sum = 0;
  for (const letter of who) sum += letter.codePointAt(0) ?? 0;
  return HUES[sum % HUES.length] ?? "cyan";
}

/** A line as it is printed: time, who, what. @param clock how its time is told; local when absent. */
export function paintLine(line: Line, paint: Paint, clock = timeOfDay): string {
  const who = line.who.padEnd(WHO_WIDTH).slice(0, Math.max(WHO_WIDTH, line.who.length));
  const hue = line.who === "fleet" ? paint.bold : paint[hueOf(line.who)];
  const tones: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (said) => said,
    dim: paint.dim,
    good: paint.green,
    bad: paint.red,
    warn: paint.yellow,
  };
  return `${paint.dim(clock(line.at))}  ${hue(who)}  ${tones[line.tone](line.text)}`;
}
