/** Watches how agents behave at the door; who does not behave is told of, once in a window. */
import type { AgentId } from "../core/ids.ts";
import type { RejectionCode } from "../protocol/rejections.ts";
import type { ContainBody } from "../protocol/turns.ts";
import type { ContainCause } from "../protocol/words.ts";
import type { Clock } from "./clock.ts";
import type { Bound, Containment } from "./containment-rules.ts";

/** What a refusal at the door says of its sender; what is not named here says nothing. */
const CAUSES: Partial<Record<RejectionCode, ContainCause>> = {
  rate_limited: "flood",
  malformed: "nonsense",
  too_large: "nonsense",
  unknown_command: "nonsense",
  bad_field: "nonsense",
  expiry_too_far: "nonsense",
  not_allowed: "forgery",
};

/** So many refusals tell a flood's pace; of one that is known as flooding they tell that it goes on. */
const FLOOD_TOLD = 50;
/** At the same pace, of one that is known as flooding: each more is time that the others wait. */
const KNOWN_TOLD = 20;

export const causeOf = (code: RejectionCode): ContainCause | undefined => CAUSES[code];

export class Warden {
  readonly #clock: Clock;
  readonly #rules: Containment;
  readonly #onTooMany: (body: ContainBody) => void;
  readonly #onFlood: (agent: AgentId, again: boolean) => number;
  /** Bounded by the keys of the broker times the causes, and the slow windows. */
  readonly #windows = new Map<string, { since: number; count: number }>();

  /** When each that was found flooding is heard again, of the steady clock. */
  readonly #floods = new Map<AgentId, number>();

  /**
   * @param onTooMany who is to be contained, and why.
   * @param onFlood who sends at the pace of a flood, for the first time or again: not worth listening to.
   *   Gives how long it is not listened to, ms.
   */
  constructor(
    clock: Clock,
    rules: Containment,
    onTooMany: (body: ContainBody) => void,
    onFlood: (agent: AgentId, again: boolean) => number,
  ) {
    this.#clock = clock;
    this.#rules = rules;
    this.#onTooMany = onTooMany;
    this.#onFlood = onFlood;
  }

  /** Not heard for it, or heard again in this window or the one before it, whatever its mode is now. */
  isFlooding(agent: AgentId): boolean {
    const { windowMs } = this.#rules.flood;
    const told = this.#floods.get(agent);
    return told !== undefined && this.#clock.mono() - told < 2 * windowMs;
  }

  /**
   * @param excused it may happen to the honest now and then: too many at once tell, not few for ever.
   * @returns how often it was seen in this window, this time included.
   */
  saw(agent: AgentId, cause: ContainCause, excused = false): number {
    if (cause === "flood") return this.#sawFlood(agent, this.#rules.flood);
    const { count, windowMs, slowly } = this.#rules[cause];
    if (slowly !== undefined && !excused) this.#sawSlowly(agent, cause, slowly);
    const window = this.#windowOf(`${agent}/${cause}`, windowMs);
    if (window.count === count) this.#onTooMany({ agent, cause, count, windowMs });
    return window.count;
  }

  /**
   * Refused at the rule's pace over a part of its window: once it may be an accident, and the agent is only not
   * heard for a moment, long before the others have waited until the rule's count is full. Who was shut out and
   * comes back is known: it need not be heard so often again.
   */
  #sawFlood(agent: AgentId, rule: Bound): number {
    const now = this.#clock.mono();
    const heardAt = this.#floods.get(agent) ?? Number.NEGATIVE_INFINITY;
    const window = this.#windowOf(`${agent}/flood`, rule.windowMs);
    const again = this.isFlooding(agent);
    const told = again ? KNOWN_TOLD : FLOOD_TOLD;
    const share = Math.min(1, told / rule.count);
    const part = { count: told, windowMs: Math.ceil(rule.windowMs * share) };
    const pace = `${agent}/flood/fast`;
    // What was on its way when it was shut out tells no new pace.
    const fast = now >= heardAt && this.#windowOf(pace, part.windowMs).count === part.count;
    const known = again && heardAt <= window.since;
    const enough = known ? Math.min(rule.count, FLOOD_TOLD) : rule.count;
    const full = window.count === enough;
    if (fast || full) {
      this.#windows.delete(pace);
      this.#floods.set(agent, now + this.#onFlood(agent, full || again));
    }
    if (full) this.#onTooMany({ agent, cause: "flood", count: enough, windowMs: rule.windowMs });
    else if (fast && again) this.#onTooMany({ agent, cause: "flood", ...part });
    return window.count;
  }

  /** Who goes on after it was told of begins anew, and is told of anew. */
  #sawSlowly(agent: AgentId, cause: ContainCause, { count, windowMs }: Bound): void {
    const key = `${agent}/${cause}/slowly`;
    if (this.#windowOf(key, windowMs).count < count) return;
    this.#windows.delete(key);
    this.#onTooMany({ agent, cause, count, windowMs });
  }

  /** The window that is open now, this time counted in. */
  #windowOf(key: string, windowMs: number): { readonly since: number; readonly count: number } {
    const now = this.#clock.mono();
    let window = this.#windows.get(key);
    if (window === undefined || now - window.since >= windowMs) {
      window = { since: now, count: 0 };
      this.#windows.set(key, window);
    }
    window.count += 1;
    return window;
  }
}
