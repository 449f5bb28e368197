/** The remembered head and the snapshot: a journal that went back is not led, a doubt is replayed. */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { checkHead, headFile, headKey, headMemory } from "../../src/wire/head-memory.ts";
import { EMPTY_HEAD, sha256 } from "../../src/wire/journal.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import { provision } from "../../src/wire/provision.ts";
import { snapshotFile } from "../../src/wire/snapshot-store.ts";
import { appendAll, batch } from "../contract/journal.ts";
import { startBroker } from "./broker.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "flotilla-head-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const head = (seq: number) => ({ seq, hash: sha256(batch(`${seq}`)) });

describe("the remembered head", () => {
  test("HED-001: the last head that was noted is kept at the close and recalled", async () => {
    const place = headFile(join(dir, "a", "head.json"));
    const memory = headMemory([place]);
    expect(await memory.recall()).toEqual({ heads: [], faults: [] });
    for (let seq = 1; seq <= 100; seq++) memory.note(head(seq));
    await memory.close();
    expect(await headMemory([place]).recall()).toEqual({ heads: [head(100)], faults: [] });
    expect((await stat(place.name)).mode & 0o077).toBe(0);
  });

  test("HED-002: many notes are few writes, and the last one is among them", async () => {
    vi.useFakeTimers();
    try {
      const saved: number[] = [];
      const place = {
        name: "memory",
        load: async () => undefined,
        save: async ({ seq }: { seq: number }) => void saved.push(seq),
      };
      const memory = headMemory([place], { everyMs: 100 });
      for (let ms = 0; ms < 1_000; ms++) {
        memory.note(head(ms));
        await vi.advanceTimersByTimeAsync(1);
      }
      await memory.close();
      expect(saved.length).toBeLessThanOrEqual(11);
      expect(saved.at(-1)).toBe(999);
      expect(saved).toEqual([...saved].sort((a, b) => a - b));
    } finally {
      vi.useRealTimers();
    }
  });

  test("HED-003: a place that cannot be written is told, and the others are written", async () => {
    const faults: string[] = [];
    const bad = {
      name: "the bad place",
      load: async () => Promise.reject(new Error("unreadable")),
      save: async () => Promise.reject(new Error("full")),
    };
    const good = headFile(join(dir, "good.json"));
    const memory = headMemory([bad, good], { onFault: (message) => faults.push(message) });
    memory.note(head(7));
    await memory.close();
    expect(faults).toEqual([expect.stringMatching(/the bad place.*full/)]);
    const recalled = await memory.recall();
    expect(recalled.heads).toEqual([head(7)]);
    expect(recalled.faults).toEqual([expect.stringMatching(/the bad place.*unreadable/)]);
  });

  test.each(["", "{", "null", '{"seq":-1.5,"hash":"x"}', '{"seq":1,"hash":"zz"}'])(
    "HED-004: a damaged file %j is told and is no head",
    async (text) => {
      const place = headFile(join(dir, "damaged.json"));
      await writeFile(place.name, text);
      const { heads, faults } = await headMemory([place]).recall();
      expect([heads, faults.length]).toEqual([[], 1]);
    },
  );

  test("HED-005: it is kept in the fleet's KV bucket of a real broker", async () => {
    const broker = await startBroker();
    const connection = await broker.connect();
    await provision(connection, broker.fleet);
    const place = headKey(connection, broker.fleet);
    expect(await place.load()).toBeUndefined();
    await place.save(head(3));
    await place.save(head(4));
    expect(await place.load()).toEqual(head(4));
    await broker.close();
  });

  test("HED-010: a journal that holds what is remembered may be led", async () => {
    const journal = memoryJournal();
    const first = await appendAll(journal, ["a"]);
    const last = await appendAll(journal, ["b", "c"]);
    const ok = { ok: true, head: last };
    expect(await checkHead(journal, [])).toEqual(ok);
    expect(await checkHead(journal, [EMPTY_HEAD])).toEqual(ok);
    expect(await checkHead(journal, [first, last])).toEqual(ok);
  });

  test("HED-011: a journal that ends before what is remembered is not led", async () => {
    const store = new MemoryStore();
    const last = await appendAll(memoryJournal(store), ["a", "b", "c"]);
    store.entries.pop();
    expect(await checkHead(memoryJournal(store), [last])).toMatchObject({
      ok: false,
      reason: "the journal ends at 2, but 3 was acknowledged",
    });
    expect(await checkHead(memoryJournal(), [last])).toMatchObject({ ok: false });
  });

  test("HED-012: a journal with another message in that place is not led", async () => {
    const remembered = await appendAll(memoryJournal(), ["a", "b"]);
    const other = memoryJournal();
    await appendAll(other, ["a", "x", "c"]);
    expect(await checkHead(other, [remembered])).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/message 2 is not the one/),
    });
  });
});

describe("the snapshot", () => {
  const snapshot = { ...head(12), schema: 3, bytes: Uint8Array.from([1, 10, 2, 0, 255]) };

  test("SNP-001: what was saved is loaded, and the next save replaces it", async () => {
    const store = snapshotFile(join(dir, "s1"));
    expect(await store.load(3)).toEqual({ kind: "none", reason: "there is no snapshot" });
    await store.save({ ...snapshot, seq: 1 });
    await store.save(snapshot);
    const loaded = await store.load(3);
    expect(loaded.kind).toBe("snapshot");
    expect(loaded).toMatchObject({ snapshot: { seq: 12, hash: snapshot.hash, schema: 3 } });
    if (loaded.kind === "snapshot") expect([...loaded.snapshot.bytes]).toEqual([...snapshot.bytes]);
  });

  test("SNP-002: always a snapshot with any byte changed or cut is not used", async () => {
    const path = join(dir, "s2");
    const store = snapshotFile(path);
    await store.save(snapshot);
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(254), fc.boolean(), async (at, by, cut) => {
        const bad = Buffer.from(whole);
        bad[at] = ((bad[at] ?? 0) + by + 1) & 0xff;
        await writeFile(path, cut ? whole.subarray(0, at) : bad);
        expect((await store.load(3)).kind).toBe("none");
      }),
      { numRuns: 300 },
    );
  });

  test("SNP-003: one of a newer schema is refused, of an older one ignored, both told", async () => {
    const store = snapshotFile(join(dir, "s3"));
    await store.save(snapshot);
    expect(await store.load(2)).toMatchObject({
      kind: "newer",
      reason: expect.stringMatching(/schema 3/),
    });
    expect(await store.load(4)).toMatchObject({
      kind: "none",
      reason: expect.stringMatching(/older schema 3/),
    });
  });

  test("SNP-004: a snapshot that the journal does not hold is found by the same check", async () => {
    const journal = memoryJournal();
    await appendAll(journal, ["a", "b"]);
    expect(await checkHead(journal, [snapshot])).toMatchObject({ ok: false });
  });
});
