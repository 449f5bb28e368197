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

export const causeOf = (code: RejectionCode): ContainCause | undefined => CAUSES[code];

export class Warden {
  readonly #clock: Clock;
  readonly #rules: Containment;
  readonly #onTooMany: (body: ContainBody) => void;
  readonly #onFlood: (agent: AgentId, again: boolean) => void;
  /** Bounded by the keys of the broker times the causes, and the slow windows. */
  readonly #windows = new Map<string, { since: number; count: number }>();

  /** When each was last found flooding, of the steady clock. */
  readonly #floods = new Map<AgentId, number>();

  /**
   * @param onTooMany who is to be contained, and why.
   * @param onFlood who sends at the pace of a flood, for the first time or again: not worth listening to.
   */
  constructor(
    clock: Clock,
    rules: Containment,
    onTooMany: (body: ContainBody) => void,
    onFlood: (agent: AgentId, again: boolean) => void,
  ) {
    this.#clock = clock;
    this.#rules = rules;
    this.#onTooMany = onTooMany;
    this.#onFlood = onFlood;
  }

  /** In this window or the one before it, whatever its mode is now. */
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
    const again = this.isFlooding(agent);
    const share = Math.min(1, FLOOD_TOLD / rule.count);
    const part = { count: FLOOD_TOLD, windowMs: Math.ceil(rule.windowMs * share) };
    const fast = this.#windowOf(`${agent}/flood/fast`, part.windowMs).count === part.count;
    const window = this.#windowOf(`${agent}/flood`, rule.windowMs);
    const known = again && (this.#floods.get(agent) ?? window.since) < window.since;
    const enough = known ? Math.min(rule.count, FLOOD_TOLD) : rule.count;
    const full = window.count === enough;
    if (fast || full) {
      this.#floods.set(agent, this.#clock.mono());
      this.#onFlood(agent, full || again);
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
