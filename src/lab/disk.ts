/** What a simulated host keeps: its snapshot and the journal's head that it remembers. */
import type { HeadPlace } from "../wire/head-memory.ts";
import type { JournalHead } from "../wire/journal.ts";
import type { Snapshot, SnapshotStore } from "../wire/snapshot-store.ts";
import type { Life } from "./life.ts";

const WRITE_MS = 3;

/** Survives the processes that use it. */
export class SimDisk {
  head: JournalHead | undefined;
  snapshot: Snapshot | undefined;
  /** The one before: what an old backup would hold. */
  older: Snapshot | undefined;
  damaged = false;
  aged = false;
  /** Loads that met a damaged or an old snapshot. */
  metDamage = 0;

  /** Puts back the snapshot before the last where `old` and there is one; flips a bit of it otherwise. */
  spoil(old: boolean): void {
    this.aged = old && this.older !== undefined;
    if (this.aged) this.snapshot = this.older;
    else this.damaged = true;
  }

  headPlace(life: Life): HeadPlace {
    return {
      name: "the host's file",
      load: () => done(life, "load head", () => this.head),
      save: (head) =>
        done(life, "save head", () => {
          this.head = head;
        }),
    };
  }

  snapshots(life: Life): SnapshotStore {
    return {
      save: (snapshot) =>
        done(life, "save snapshot", () => {
          this.older = this.snapshot;
          this.snapshot = { ...snapshot, bytes: new Uint8Array(snapshot.bytes) };
          this.damaged = false;
          this.aged = false;
        }),
      load: (schema) =>
        done(life, "load snapshot", () => {
          const held = this.snapshot;
          if (held === undefined) return { kind: "none", reason: "there is no snapshot" } as const;
          if (this.damaged || this.aged) this.metDamage += 1;
          if (this.damaged) return { kind: "none", reason: "the snapshot is damaged" } as const;
          if (held.schema !== schema) return { kind: "none", reason: "another schema" } as const;
          return { kind: "snapshot", snapshot: held } as const;
        }),
    };
  }
}

/** Something on the disk: done at once, told a little later; both ends are points of the process. */
function done<T>(life: Life, what: string, work: () => T): Promise<T> {
  return new Promise((resolve) => {
    if (life.point(`ask ${what}`)) return;
    life.after(WRITE_MS, () => {
      const value = work();
      if (life.point(`answer ${what}`)) return;
      resolve(value);
    });
  });
}
