/** What every journal must do; run on each implementation. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BATCH_BYTES_MAX } from "../../src/core/limits.ts";
import {
  EMPTY_HEAD,
  type JournalEntry,
  type JournalHead,
  type JournalPort,
  sha256,
} from "../../src/wire/journal.ts";

export interface JournalWorld {
  /** Another port on the same journal, as another process would have. */
  open(): Promise<JournalPort>;
  close(): Promise<void>;
}

export const batch = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function collect(entries: AsyncIterable<JournalEntry>): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

export async function appendAll(port: JournalPort, texts: readonly string[]): Promise<JournalHead> {
  let head = await port.head();
  for (const text of texts) head = await port.append(head, batch(text));
  return head;
}

/** `fresh` makes an empty journal. */
export function journalContract(name: string, fresh: () => Promise<JournalWorld>): void {
  const worlds: JournalWorld[] = [];
  const world = async (): Promise<JournalWorld> => {
    const made = await fresh();
    worlds.push(made);
    return made;
  };
  const two = async (): Promise<[JournalPort, JournalPort]> => {
    const shared = await world();
    return [await shared.open(), await shared.open()];
  };

  describe(`the journal in ${name}`, () => {
    let port: JournalPort;
    beforeAll(async () => {
      port = await (await world()).open();
    });
    afterAll(async () => {
      await Promise.all(worlds.map((each) => each.close()));
    });

    test("JRN-001: an empty journal ends at 0 and reads as nothing", async () => {
      expect(await port.head()).toEqual(EMPTY_HEAD);
      expect(await collect(port.read(1))).toEqual([]);
    });

    test("JRN-002: what is appended is the head and is read back with its hash", async () => {
      const first = await port.append(EMPTY_HEAD, batch("one"));
      expect(first).toEqual({ seq: 1, hash: sha256(batch("one")) });
      const second = await port.append(first, batch("two"));
      expect(await port.head()).toEqual(second);
      const entries = await collect(port.read(1));
      expect(entries.map((each) => [each.seq, Buffer.from(each.bytes).toString()])).toEqual([
        [1, "one"],
        [2, "two"],
      ]);
      expect(entries.map((each) => each.hash)).toEqual([first.hash, second.hash]);
    });

    test("JRN-003: reading starts where it is told and ends at the head of the call", async () => {
      const own = await (await world()).open();
      const head = await appendAll(own, ["a", "b", "c"]);
      const seen: number[] = [];
      for await (const entry of own.read(2)) {
        seen.push(entry.seq);
        if (entry.seq === 2) await own.append(head, batch("later"));
      }
      expect(seen).toEqual([2, 3]);
      expect(await collect(own.read(5))).toEqual([]);
    });

    test("JRN-004: a stale writer is fenced and changes nothing", async () => {
      const [stale, leader] = await two();
      const head = await appendAll(stale, ["one"]);
      const next = await leader.append(head, batch("of the leader"));
      const fenced = { code: "fenced", retryable: false };
      await expect(stale.append(head, batch("of the stale"))).rejects.toMatchObject(fenced);
      await expect(stale.append(head, batch("again"))).rejects.toMatchObject(fenced);
      expect(await leader.head()).toEqual(next);
      expect(await collect(leader.read(1))).toHaveLength(2);
    });

    test("JRN-005: the same append made again is stored once and answered alike", async () => {
      const [port1, port2] = await two();
      const head = await appendAll(port1, ["one"]);
      const answer = await port1.append(head, batch("two"));
      expect(await port1.append(head, batch("two"))).toEqual(answer);
      expect(await port2.append(head, batch("two"))).toEqual(answer);
      expect(await collect(port2.read(1))).toHaveLength(2);
    });

    test("JRN-006: the same append after another writer went on is fenced", async () => {
      const [port1, port2] = await two();
      const head = await appendAll(port1, ["one"]);
      const second = await port1.append(head, batch("two"));
      await port2.append(second, batch("three"));
      await expect(port1.append(head, batch("two"))).rejects.toMatchObject({ code: "fenced" });
    });

    test("JRN-007: a journal that is behind what is expected is broken, not fenced", async () => {
      const [port1, port2] = await two();
      const head = await appendAll(port1, ["one", "two"]);
      const ahead = { seq: head.seq + 3, hash: sha256(batch("lost")) };
      await expect(port2.append(ahead, batch("x"))).rejects.toMatchObject({
        code: "journal-broken",
        retryable: false,
      });
      expect(await port1.head()).toEqual(head);
    });

    test("JRN-008: a tail with another hash than expected is broken", async () => {
      const [port1, port2] = await two();
      const head = await appendAll(port1, ["one", "two"]);
      const other = { seq: head.seq, hash: sha256(batch("another two")) };
      const broken = { code: "journal-broken" };
      await expect(port2.append(other, batch("three"))).rejects.toMatchObject(broken);
      expect(await port1.head()).toEqual(head);
    });

    test("JRN-009: of two writers at once, one is stored and the other fenced, each time", async () => {
      const [port1, port2] = await two();
      let head: JournalHead = EMPTY_HEAD;
      for (let round = 0; round < 10; round++) {
        const answers = await Promise.allSettled([
          port1.append(head, batch(`one ${round}`)),
          port2.append(head, batch(`two ${round}`)),
        ]);
        const won = answers.filter((each) => each.status === "fulfilled");
        const lost = answers.filter((each) => each.status === "rejected");
        expect(won).toHaveLength(1);
        expect(lost.map((each) => each.reason.code)).toEqual(["fenced"]);
        head = won[0]?.value ?? head;
      }
      expect((await collect(port1.read(1))).length).toBe(10);
    });

    test("JRN-010: a full batch is stored, and bytes that change later are not", async () => {
      const own = await (await world()).open();
      const bytes = new Uint8Array(BATCH_BYTES_MAX).fill(7);
      const expected = sha256(bytes);
      const head = await own.append(EMPTY_HEAD, bytes);
      bytes.fill(8);
      const [entry] = await collect(own.read(1));
      expect(entry?.hash).toBe(expected);
      expect(sha256(entry?.bytes ?? new Uint8Array())).toBe(head.hash);
    });

    test("JRN-011: a follower sees what was, then what comes, in order, until aborted", async () => {
      const [writer, reader] = await two();
      const head = await appendAll(writer, ["1", "2", "3"]);
      const stop = new AbortController();
      const seen: string[] = [];
      let appended = head;
      for await (const entry of reader.follow(2, stop.signal)) {
        seen.push(`${entry.seq}:${Buffer.from(entry.bytes)}`);
        if (entry.seq >= 3 && entry.seq < 8) {
          appended = await writer.append(appended, batch(`${entry.seq + 1}`));
        }
        if (entry.seq === 8) stop.abort();
      }
      expect(seen).toEqual(["2:2", "3:3", "4:4", "5:5", "6:6", "7:7", "8:8"]);
    });

    test("JRN-012: a follower that waits ends at its abort and at the close of the port", async () => {
      const [idle, closing] = await two();
      const stop = new AbortController();
      const aborted = collect(idle.follow(1, stop.signal));
      const closed = collect(closing.follow(1, new AbortController().signal));
      stop.abort();
      await closing.close();
      expect(await aborted).toEqual([]);
      expect(await closed).toEqual([]);
    });

    test("JRN-013: always any batches come back byte for byte, in order, with their hashes", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
          async (all) => {
            const [writer, reader] = await two();
            let head: JournalHead = EMPTY_HEAD;
            for (const bytes of all) head = await writer.append(head, bytes);
            expect(await reader.head()).toEqual(head);
            const entries = await collect(reader.read(1));
            expect(entries.map((each) => Buffer.from(each.bytes).toString("hex"))).toEqual(
              all.map((each) => Buffer.from(each).toString("hex")),
            );
            expect(entries.map((each) => each.hash)).toEqual(all.map(sha256));
          },
        ),
        { numRuns: 12 },
      );
    });
  });
}
