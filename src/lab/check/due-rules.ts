/** What must hold of debts with outsiders: netted an interval after they became due at the latest, and only they. */
import type { EventOf, FleetEvent } from "../../protocol/events.ts";
import type { Invariant } from "./breach.ts";

type Tell = (invariant: Invariant, detail: string) => void;

interface Group {
  /** What is due in it, by name. */
  readonly open: Set<string>;
  /** The latest that it may be netted, ms: an interval from when the first became due. */
  latest: number;
}

export class DueRules {
  readonly #tell: Tell;
  readonly #agreements = new Map<string, { readonly group: string; readonly everyMs: number }>();
  readonly #groups = new Map<string, Group>();
  /** By party without an agreement, what the fleet still owes it. */
  readonly #waits = new Map<string, readonly string[]>();
  #outside = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  event(event: FleetEvent, at: number): void {
    switch (event.type) {
      case "AgreementSet":
        return this.#agreed(event, at);
      case "AgreementEnded":
        this.#agreements.delete(event.party);
        return;
      case "DueRecorded":
      case "DuePaymentFailed": {
        const group = this.#agreements.get(event.party)?.group;
        const due = `${event.agent}/${event.due}`;
        if (group !== undefined) this.#due(group, due, at);
        else this.#waits.set(event.party, [...(this.#waits.get(event.party) ?? []), due]);
        return;
      }
      case "OutsideDueRecorded":
        this.#outside += 1;
        return this.#due(event.group, `outside/${this.#outside}`, at);
      case "DueReceived":
        for (const { of, due, party, amount, counts } of event.settled) {
          if (counts < amount) continue;
          this.#groups.get(this.#agreements.get(party)?.group ?? "")?.open.delete(`${of}/${due}`);
        }
        return;
      case "DuesNetted":
        return this.#netted(event, at);
      case "DuesDeferred":
        this.#begins(event.group, at);
    }
  }

  /** What the fleet owes to a party without an agreement waits for one. */
  #agreed(event: EventOf<"AgreementSet">, at: number): void {
    this.#agreements.set(event.party, event);
    for (const due of this.#waits.get(event.party) ?? []) this.#due(event.group, due, at);
    this.#waits.delete(event.party);
  }

  #due(name: string, due: string, at: number): void {
    const group = this.#groups.get(name) ?? { open: new Set<string>(), latest: 0 };
    this.#groups.set(name, group);
    if (group.open.size === 0) this.#begins(name, at);
    group.open.add(due);
  }

  #begins(name: string, at: number): void {
    const own = [...this.#agreements.values()].filter(({ group }) => group === name);
    const group = this.#groups.get(name);
    if (group !== undefined) group.latest = at + Math.min(...own.map(({ everyMs }) => everyMs));
  }

  #netted({ group: name, left }: EventOf<"DuesNetted">, at: number): void {
    const open = this.#groups.get(name)?.open;
    if (open === undefined || open.size === 0)
      return this.#tell("I9", `${name} is netted, and nothing is due in it`);
    open.clear();
    for (const { of, due } of left) this.#due(name, `${of}/${due}`, at);
  }

  overdue(now: number, lateMs: number): void {
    for (const [name, { open, latest }] of this.#groups) {
      if (open.size === 0 || latest >= now - lateMs) continue;
      const late = Math.floor(now - latest);
      this.#tell("I8", `what is due in ${name} was to be netted ${late} ms ago`);
    }
  }
}
