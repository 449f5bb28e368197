/** One signal for the first of two. */
import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { either, untilEither } from "../../src/core/either.ts";

const pair = () => [new AbortController(), new AbortController()] as const;

test.each([0, 1])("SIG-001: it aborts with whichever comes first, by its reason (%i)", (which) => {
  const both = pair();
  const { signal } = either(both[0].signal, both[1].signal);
  expect(signal.aborted).toBe(false);
  both[which]?.abort("over");
  both[1 - which]?.abort("later");
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toBe("over");
});

test("SIG-002: one that is over already ends it at once", () => {
  const [one, other] = pair();
  other.abort("long ago");
  expect(either(one.signal, other.signal).signal.reason).toBe("long ago");
});

test("SIG-003: who let go is not told any more", () => {
  const [one, other] = pair();
  const { signal, release } = either(one.signal, other.signal);
  release();
  one.abort();
  expect(signal.aborted).toBe(false);
});

test("SIG-004: what is yielded ends with either, and nothing is left behind", async () => {
  const [one, other] = pair();
  const seen: number[] = [];
  const counting = untilEither(one.signal, other.signal, async function* (ended) {
    for (let i = 0; !ended.aborted; i += 1) yield i;
  });
  for await (const i of counting) {
    seen.push(i);
    if (i === 2) other.abort();
  }
  expect(seen).toEqual([0, 1, 2]);
});

test.each([
  ["ends", async function* () {}],
  [
    "fails",
    // biome-ignore lint/correctness/useYield: it fails before its first
    async function* (): AsyncGenerator<number> {
      throw new Error("broken");
    },
  ],
  [
    "is left",
    async function* () {
      yield 1;
    },
  ],
])("SIG-005: what %s holds neither signal any longer", async (_, from) => {
  const [one, other] = pair();
  try {
    for await (const _item of untilEither<number>(one.signal, other.signal, from)) break;
  } catch {
    // Its fault is the reader's; what is asked here is what stays behind.
  }
  expect(getEventListeners(one.signal, "abort")).toHaveLength(0);
  expect(getEventListeners(other.signal, "abort")).toHaveLength(0);
});
