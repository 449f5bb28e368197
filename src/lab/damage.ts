/** What a disk can do to a journal: each a fault that must be noticed, or never have mattered. */

import { BATCH_VERSION } from "../runtime/batches.ts";
import { encode } from "../wire/codec-encode.ts";
import { sha256 } from "../wire/journal.ts";
import type { Chance } from "./chance.ts";
import type { World } from "./world.ts";

/** Older than what the coordinators remember of the head: newer losses nobody could prove. */
const REMEMBERED = 40;

/** Ends every leader: what it holds in memory would hide the damage. */
function restart(world: World): void {
  for (const host of world.coordinators) host.kill();
}

export const damage = {
  /** Power fails at broker and coordinator: what nobody was told of is gone. */
  tail(world: World): void {
    const { streams, checker, counts, coordinators } = world;
    const told = Math.max(...coordinators.map((host) => host.leading?.loop.head.seq ?? 0));
    if (told === 0 || streams.journal.length <= told) return;
    streams.journal.length = told;
    streams.forgetIds();
    checker.rebuild(streams.journal);
    counts.fired("tail-lost");
    restart(world);
  },

  truncated(world: World, chance: Chance): void {
    const { streams, counts } = world;
    const keep = streams.journal.length - chance.int(REMEMBERED, REMEMBERED * 2);
    if (keep < 1) return;
    streams.journal.length = keep;
    streams.forgetIds();
    counts.fired("truncated");
    restart(world);
  },

  "bit-flip"(world: World, chance: Chance): void {
    const { streams, counts, coordinators } = world;
    const at = chance.int(0, Math.max(0, streams.journal.length - REMEMBERED));
    const bytes = streams.journal[at];
    if (bytes === undefined) return;
    const flipped = Uint8Array.from(bytes);
    const byte = chance.int(0, flipped.length - 1);
    flipped[byte] = (flipped[byte] ?? 0) ^ (1 << chance.int(0, 7));
    streams.journal[at] = flipped;
    // With a snapshot from after it nobody need read it again: here they must.
    for (const host of coordinators) host.disk.snapshot = undefined;
    counts.fired("bit-flip");
    restart(world);
  },

  /** A coordinator of another version has written: its message is whole, and nobody here knows it. */
  "version-skew"(world: World, chance: Chance): void {
    const { streams, counts, file, checker } = world;
    const { epoch, at } = checker.law;
    const last = streams.journal.at(-1);
    if (last === undefined) return;
    const turn = { type: "Tick", id: "", from: "fleet", at, exp: at + 1, print: 0 };
    const events = [{ type: "TimeTravelled", by: 1 }];
    const [version, told] = chance.pick<[number, readonly object[]]>([
      [BATCH_VERSION + 1, []],
      [BATCH_VERSION, events],
    ]);
    const turns = [{ ...turn, events: told }];
    streams.journal.push(encode([version, file.fleet, epoch, sha256(last), turns]));
    counts.fired("version-skew");
    restart(world);
  },

  /** The numbers of lost messages are given again, to messages of another past. */
  "sequence-reused"(world: World, chance: Chance): void {
    const { streams, counts } = world;
    const lost = chance.int(REMEMBERED, REMEMBERED * 2);
    const from = streams.journal.length - lost;
    if (from < 2) return;
    const past = streams.journal.slice(from - lost, from);
    streams.journal.splice(from, lost, ...past);
    streams.forgetIds();
    counts.fired("sequence-reused");
    restart(world);
  },
};
