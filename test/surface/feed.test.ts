/** The feed of events: kept ones and live ones as one row, each once, in order, without a gap. */
import { describe, expect, test } from "vitest";
import { comesAfter, feed, type Since } from "../../src/surface/cli/feed.ts";
import type { EventSource } from "../../src/wire/event-source.ts";

const bytesOf = (id: string): Uint8Array => {
  const seq = Number(id.split(".")[0]);
  const event = { id, seq, time: seq * 1_000, agent: "x", type: "Told", cause: "" };
  return new TextEncoder().encode(JSON.stringify(event));
};

/** Kept from place `first` on; the live ones come after, and then it ends. */
function source(kept: readonly string[], live: readonly (string | Uint8Array)[], first = 1) {
  let asked = 0;
  const at = (place: number) => {
    const id = kept[place - first];
    return id === undefined ? undefined : { at: place, bytes: bytesOf(id) };
  };
  const made: EventSource & { readonly asked: () => number } = {
    from: async (place) => {
      asked += 1;
      return at(Math.max(place, first));
    },
    last: async () => at(first + kept.length - 1),
    live: async function* () {
      for (const one of live) yield typeof one === "string" ? bytesOf(one) : one;
    },
    isClosed: () => false,
    asked: () => asked,
  };
  return made;
}

async function read(from: EventSource, since?: Since): Promise<string[]> {
  const ids: string[] = [];
  for await (const event of feed(from, since)) ids.push(event.id);
  return ids;
}

describe("since", () => {
  const KEPT = Array.from({ length: 200 }, (_, i) => `${i + 11}.0.0`);

  test("CLI-070: live events alone when nothing older is wanted", async () => {
    expect(await read(source(KEPT, ["211.0.0", "211.0.1"]))).toEqual(["211.0.0", "211.0.1"]);
  });

  test("CLI-071: all that is kept, from the oldest, wherever the stream begins", async () => {
    expect(await read(source(KEPT, ["211.0.0"], 5_000), "oldest")).toEqual([...KEPT, "211.0.0"]);
  });

  test("CLI-072: from a journal message or a moment on, found by halves", async () => {
    const from = source(KEPT, []);
    expect((await read(from, { seq: 200 }))[0]).toBe("200.0.0");
    expect(from.asked()).toBeLessThan(30);
    expect((await read(source(KEPT, []), { time: 150_500 }))[0]).toBe("151.0.0");
    expect(await read(source(KEPT, []), { seq: 10_000 })).toEqual([]);
    expect(await read(source([], ["1.0.0"]), "oldest")).toEqual(["1.0.0"]);
  });
});

describe("order", () => {
  test("CLI-073: what is both kept and live is told once", async () => {
    const told = await read(source(["1.0.0", "2.0.0"], ["1.0.0", "2.0.0", "2.0.1"]), "oldest");
    expect(told).toEqual(["1.0.0", "2.0.0", "2.0.1"]);
  });

  test("CLI-074: what was lost on the way is read up from the kept ones", async () => {
    const kept = ["1.0.0", "2.0.0", "3.0.0", "3.1.0", "4.0.0"];
    expect(await read(source(kept, ["1.0.0", "4.0.0"]))).toEqual(kept);
  });

  test("CLI-075: what is no event is passed over", async () => {
    const noise = ["{", '{"id":1}', "null", '"text"'].map((text) => new TextEncoder().encode(text));
    expect(await read(source([], [...noise, "1.0.0"]))).toEqual(["1.0.0"]);
  });

  test("CLI-120: closed in the middle of the kept ones it ends; what fails while it is open is told", async () => {
    const kept = source(["1.0.0", "2.0.0"], []);
    const failing = (closed: boolean): EventSource => ({
      ...kept,
      from: async (place) => {
        if (place > 1) throw new Error("closed connection");
        return kept.from(place);
      },
      isClosed: () => closed,
    });
    expect(await read(failing(true), "oldest")).toEqual([]);
    await expect(read(failing(false), "oldest")).rejects.toThrow("closed connection");
  });

  test("CLI-076: ids are ordered by their numbers, not by their letters", () => {
    expect(comesAfter("10.0.0", "9.9.9")).toBe(true);
    expect(comesAfter("9.10.0", "9.9.0")).toBe(true);
    expect(comesAfter("9.9.9", "9.9.9")).toBe(false);
  });
});
