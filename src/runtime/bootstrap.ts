/** Brings the fleet to what its file says: the first deposits, agreements, agents, their delegations. */
import { FLEET, type Id, OPERATOR } from "../core/ids.ts";
import { millis } from "../core/time.ts";
import { coverOf } from "../fleet/totals.ts";
import type { OperatorCommand } from "../protocol/turns.ts";
import type { Clock } from "./clock.ts";
import type { FleetFile } from "./fleet-file.ts";
import type { Log } from "./log.ts";
import type { TurnLoop } from "./turn-loop.ts";
import type { Outcome } from "./waiting.ts";

type Asked = OperatorCommand extends infer C
  ? C extends OperatorCommand
    ? Omit<C, "stamp">
    : never
  : never;

const WAIT_MS = 100;

/** Gives one command as the operator, whose will the file is. None: undefined when it was not taken. */
function give(
  loop: TurnLoop,
  id: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    // A loop that stops tells nobody: whoever waits must not wait for ever.
    const stop = (): void => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    const at = loop.now();
    const stamp = { id: id as Id, from: OPERATOR, at, exp: millis(at + 60_000), print: 0 };
    const command = { ...asked, stamp, body: { ...asked.body, id: stamp.id } } as OperatorCommand;
    const taken = loop.submit(command, (outcome) => {
      signal.removeEventListener("abort", stop);
      resolve(outcome);
    });
    if (taken) return;
    signal.removeEventListener("abort", stop);
    stop();
  });
}

/**
 * Idempotent: what is there already is left as it is, whatever the file says now.
 * A grant waits until deposits and marks have come and cover it. Runs until all is done or aborted.
 */
export async function bootstrap(
  loop: TurnLoop,
  file: FleetFile,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const epoch = loop.law.epoch;
  let tries = 0;
  const name = (what: string): string => `boot-${epoch}-${tries}-${what}`.slice(0, 64);
  const first = loop.law.agents.size <= 1;
  if (first) {
    // A start that was cut short has asked for some of them already.
    const asked = loop.law.counts.get("DepositRequested") ?? 0;
    for (const { asset, amount } of file.deposits.slice(asked)) {
      const body = { id: "" as Id, asset, amount };
      await give(loop, name(`deposit-${asset}`), { type: "Deposit", body }, signal);
    }
  }
  for (const { party, ...agreed } of file.agreements) {
    if (loop.law.dues.agreements.has(party)) continue;
    const body = { id: "" as Id, party, ...agreed };
    await give(loop, name(`agree-${party}`), { type: "SetAgreement", body }, signal);
  }
  for (const plan of file.agents) {
    if (loop.law.agents.has(plan.agent)) continue;
    const body = { id: "" as Id, agent: plan.agent };
    await give(loop, name(`enrol-${plan.agent}`), { type: "Enrol", body }, signal);
  }
  const waiting = new Set(file.agents.filter((plan) => mayGrant(loop, plan.agent)));
  while (waiting.size > 0 && !signal.aborted) {
    tries += 1;
    for (const plan of waiting) {
      // Not asked before it can be granted: every refusal stands in the journal.
      const early = coverOf(loop.law) < plan.delegation.cap || loop.law.frozen;
      if (early && tries % 100 !== 0) continue;
      const body = { id: "" as Id, agent: plan.agent, ...plan.delegation };
      const heard = await give(loop, name(`grant-${plan.agent}`), { type: "Grant", body }, signal);
      const ok = heard !== undefined && "ok" in heard && heard.ok;
      if (ok || !mayGrant(loop, plan.agent)) waiting.delete(plan);
      else if (tries % 100 === 0) log.warn({ agent: plan.agent, heard }, "the grant still waits");
    }
    if (waiting.size > 0) await clock.sleep(Math.min(WAIT_MS * tries, 2_000), signal);
  }
}

/** Only who never had one: an ended or expired delegation is the operator's to renew. */
const mayGrant = (loop: TurnLoop, agent: FleetFile["agents"][number]["agent"]): boolean =>
  agent !== FLEET && loop.law.agents.get(agent)?.delegation === undefined;
