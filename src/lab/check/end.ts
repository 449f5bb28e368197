/** What must hold at the end of a run; in liveness mode, that the fleet has mended itself. */
import type { Storm } from "../storm.ts";
import { EPOCH } from "../time.ts";
import type { World } from "../world.ts";

/** A deadline may be this late while a leader is well, ms: the tick's pace and a slow append. */
const LATE_MS = 5_000;

export function finalChecks(world: World, storm: Storm): void {
  const { checker, options } = world;
  checker.thorough();
  if (options.mode === "liveness") alive(world, storm);
  if (storm.mayHalt) refused(world);
}

/** A damaged journal leads nobody. */
function refused(world: World): void {
  const leader = world.leader;
  if (leader !== undefined) {
    world.checker.tell("I6", `${leader.life.name} leads on a journal that was damaged`, "the end");
  }
}

function alive(world: World, storm: Storm): void {
  const { checker, time } = world;
  const tell = (detail: string): void => checker.tell("I12", detail, "the end");
  if (storm.mayHalt) return;
  const leader = world.leader;
  if (leader === undefined) {
    const last = world.coordinators.map((host) => `${host.life.name}: ${host.lastFault}`);
    return tell(`nobody leads; ${last.join("; ")}`);
  }
  const { law } = checker;
  const now = EPOCH + time.now;
  for (const [name, open] of law.outbox) {
    const age = Math.floor(now - open.askedAt);
    if (age > 60_000) tell(`effect ${name} is without an answer for ${age} ms`);
  }
  const due = law.deadlines[0];
  if (due !== undefined && due.at < now - LATE_MS) {
    checker.tell("I8", `${due.kind} of ${due.key} was due ${Math.floor(now - due.at)} ms ago`);
  }
  if (!law.booksAgree) tell("the books still differ from the venue's");
  for (const host of world.agents) {
    const phase = host.running?.phase() ?? "none";
    if (phase === "connecting" || phase === "syncing") tell(`${host.agent} is ${phase}`);
  }
  const behind = world.platform.status().reports - law.reportsThrough;
  if (behind > 64) tell(`${behind} reports of the venue are not taken`);
}
