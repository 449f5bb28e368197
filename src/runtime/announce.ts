/** Tells the fleet's risk at a steady rate, and each agent that lives how long its lease runs. */
import { either } from "../core/either.ts";
import type { FleetId } from "../core/ids.ts";
import { riskView } from "../fleet/views.ts";
import { encode } from "../wire/codec-encode.ts";
import type { Connection } from "../wire/connect.ts";
import { eventSink } from "../wire/event-sink.ts";
import { leaseSubject } from "../wire/subjects.ts";
import type { Beats } from "./beats.ts";
import type { Clock } from "./clock.ts";
import type { RiskDesk } from "./risk-desk.ts";
import type { TurnLoop } from "./turn-loop.ts";

export interface AnnounceOptions {
  readonly fleet: FleetId;
  /** With the rights of `c_projector`. */
  readonly projector: Connection;
  /** With the rights of `c_lease`. */
  readonly lease: Connection;
  readonly clock: Clock;
  readonly loop: TurnLoop;
  readonly desk: RiskDesk;
  readonly beats: Beats;
  readonly everyMs: number | undefined;
}

const EVERY_MS = 1_000;

/**
 * Runs until aborted, at a steady rate and at once when zone, mode or regime change. What is told is
 * what is stored: it waits its turn behind the commands.
 */
export async function announce(options: AnnounceOptions, signal: AbortSignal): Promise<void> {
  const { fleet, projector, lease, clock, loop, desk, beats, everyMs = EVERY_MS } = options;
  const sink = eventSink(projector, fleet);
  while (!signal.aborted) {
    const living = beats.living();
    loop.ask((law) => {
      const risk = riskView(law, clock.now(), desk.measures(law, clock.now()));
      const leases = living.flatMap(({ agent }) => {
        const expiresAt = law.agents.get(agent)?.delegation?.expiresAt;
        return expiresAt === undefined ? [] : [{ agent, expiresAt }];
      });
      return () => {
        sink.risk(risk);
        for (const each of leases) {
          const bytes = encode({ ...each, epoch: risk.epoch, at: risk.at });
          lease.publish(leaseSubject(fleet, each.agent), bytes);
        }
      };
    });
    const changed = new AbortController();
    desk.urgent = () => changed.abort();
    const sooner = either(signal, changed.signal);
    await clock.sleep(everyMs, sooner.signal);
    sooner.release();
  }
}
