/** The tour: every act in its turn on a stage of its own, and a tally of the policies that were seen at work. */

import { MINUTE } from "../../core/time.ts";
import type { PublicEvent } from "../../protocol/public.ts";
import type { Breach } from "../check/breach.ts";
import { EPOCH } from "../time.ts";
import { type Act, fileOf, tapeFor } from "./act.ts";
import { POLICIES, shownBy } from "./policies.ts";
import type { Policy } from "./signs.ts";
import { Stage } from "./stage.ts";

/** Where a policy was first seen at work. */
export interface Sighting {
  readonly act: string;
  /** Market time, epoch ms. */
  readonly at: number;
  readonly event: PublicEvent;
}

export interface Tallied {
  readonly policy: Policy;
  readonly times: number;
  /** None: undefined when it was never seen. */
  readonly first: Sighting | undefined;
}

export interface ActEnd {
  readonly name: string;
  readonly events: number;
  readonly turns: number;
  /** Hash of the journal's last message: the same run has the same one. */
  readonly hash: string;
  /** What must never be, and was: a bug, or books that do not add up. */
  readonly breaches: readonly Breach[];
}

export class Tour {
  readonly ends: ActEnd[] = [];
  readonly #seen = new Map<string, { times: number; readonly first: Sighting }>();

  /**
   * Plays one act to its end. @param onEvent told of every public event, with its market time.
   *
   * The same act gives the same journal, on any machine and under any load.
   */
  async play(act: Act, onEvent: (event: PublicEvent, at: number) => void): Promise<ActEnd> {
    const { tape, startAt } = tapeFor(act);
    let events = 0;
    const stage = new Stage({
      ...{ seed: 1, file: fileOf(act), tape, startAt },
      ...(act.house === undefined ? {} : { house: act.house }),
      onEvent: (event) => {
        const at = event.time - EPOCH + startAt;
        events += 1;
        this.#note(act, event, at);
        onEvent(event, at);
      },
    });
    for (const [minute, who, command, body] of act.cues)
      stage.time.after(minute * MINUTE, () => stage.give(who, command, body));
    stage.start();
    await stage.run(act.minutes * MINUTE);
    await stage.close();
    const { hash, turns, breaches } = stage.checker;
    const end = { name: act.name, events, turns, hash, breaches };
    this.ends.push(end);
    return end;
  }

  #note(act: Act, event: PublicEvent, at: number): void {
    for (const { name } of shownBy(event)) {
      const known = this.#seen.get(name);
      if (known !== undefined) known.times += 1;
      else this.#seen.set(name, { times: 1, first: { act: act.name, at, event } });
    }
  }

  /** Every policy, those that were never seen among them. */
  get tally(): readonly Tallied[] {
    return POLICIES.map((policy) => {
      const seen = this.#seen.get(policy.name);
      return { policy, times: seen?.times ?? 0, first: seen?.first };
    });
  }
}
