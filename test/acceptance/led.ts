/** A rig that leads: started, every delegation granted, and somebody to ask for each part. */
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { Audit } from "../drill/audit.ts";
import type { Caller } from "../drill/caller.ts";
import { Rig, type RigOptions } from "../drill/rig.ts";
import { eventually } from "../drill/watch.ts";

export interface Led {
  readonly rig: Rig;
  readonly operator: Caller;
  /** Reads the journal on a connection of its own. */
  readonly audit: Audit;
}

/** Waits until every agent's delegation has been granted. */
async function granted(rig: Rig, operator: Caller): Promise<void> {
  await eventually(async () => {
    const { agents } = await operator.status();
    const held = agents.filter(({ expiresAt }) => expiresAt > 0).length;
    return held >= rig.agents.length || undefined;
  }, "the delegations");
}

async function openAudit(rig: Rig): Promise<Audit> {
  const connection = await rig.connect("c_projector");
  return new Audit(rig.fleet, jetStreamJournal({ connection, fleet: rig.fleet }));
}

/** Starts a fleet with one coordinator, and waits until it leads. */
export async function led(options: RigOptions = {}): Promise<Led> {
  const rig = await Rig.start(options);
  try {
    rig.startCoordinator();
    await rig.phase("coordinator", "leading");
    const operator = await rig.caller("operator");
    await granted(rig, operator);
    return { rig, operator, audit: await openAudit(rig) };
  } catch (fault) {
    await rig.close();
    throw fault;
  }
}

let serial = 0;
/** The body of a hold with a name of its own. */
export function hold(more: object = {}): object {
  serial += 1;
  const reservation = `hold-${process.pid}-${serial}`;
  return { reservation, amount: "1", service: "trading", ttlMs: 60_000, ...more };
}
