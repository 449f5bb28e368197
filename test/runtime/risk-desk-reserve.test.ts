/** The reserve that a ratio sizes: told to the law when it is off, and what a size implies shown to people. */
import { expect, test } from "vitest";
import { parseDecimal } from "../../src/core/money.ts";
import { percent } from "../../src/core/ppm.ts";
import { reserveOf } from "../../src/fleet/totals.ts";
import { ALICE, POLICY } from "../fleet/cast.ts";
import { given, inner, reported, wait } from "../fleet/spec.ts";
import {
  configured,
  deposited,
  done,
  enrolled,
  fill,
  granted,
  marks,
  order,
} from "../fleet/steps.ts";
import { Told } from "./risk-desk-given.ts";

const long = (crisis: object) => [
  configured({ ...POLICY, dryPowder: percent(1), crisis }),
  ...[deposited("10000"), marks("10000"), enrolled(ALICE), granted(ALICE, { cap: "9000" })],
  order(ALICE, "o1", { qty: "2" }),
  reported(fill(ALICE, "o1", "2"), done(ALICE, "o1", "2")),
];

test("DSK-050: sized by its ratio, it is told once, and again only when the book's losses change", () => {
  const story = given(...long({ reserveRatio: percent(1) }));
  const told = new Told(story);
  story.given(wait(6_000), marks("10001"));
  const facts = told.hear();
  // A day of BTC at 99 %: some 7 % of 20,000.
  expect(Number(facts?.reserve)).toBeGreaterThan(900e6);
  expect(Number(facts?.reserve)).toBeLessThan(2_500e6);
  if (facts !== undefined) story.given(inner("SetRegime", facts));
  expect(reserveOf(story.state)).toBe(facts?.reserve);
  const view = told.desk.measures(story.state, story.now)?.reserve;
  expect(view?.ratio).toBe(10_000);
  expect(parseDecimal(view?.sized ?? "", 6)).toBe(facts?.reserve);
  // Of 500 days the fifth worst: four, 0.8 %, are worse. Rounded up, it is just above its own day.
  expect(view?.impliedFrom).toBe(8_000);
  expect(view?.impliedTo).toBe(8_000);
  told.hear();
  story.given(wait(6_000), marks("10002"));
  expect(told.hear()?.reserve).toBeUndefined();
});

test("DSK-051: without a ratio nothing is sized, and a share of the collateral shows what it implies", () => {
  const story = given(...long({}));
  const told = new Told(story);
  story.given(wait(6_000), marks("10001"));
  expect(told.hear()?.reserve).toBeUndefined();
  const view = told.desk.measures(story.state, story.now)?.reserve;
  expect(view).toMatchObject({ kept: expect.any(String) as string });
  expect(view?.sized).toBeUndefined();
  // One per cent kept, and most days move the book by more than half of that.
  expect(view?.impliedFrom).toBeGreaterThan(200_000);
});
