/** The faucet: a new account's first dollar, which no fleet asked for. */
import { expect, test } from "vitest";
import { newWorld } from "../../src/venue/paper/engine.ts";
import { ask, depositOf, explained, flatTape, only, pass, SOON, USD, usdUnits } from "./helpers.ts";

test("FAU-001: a new account has a dollar of the faucet, told as a deposit, and never another", () => {
  const made = newWorld({ seed: "faucet", tape: flatTape(), wallet: SOON });
  expect(only(pass(made, 1_000), "deposited")).toMatchObject([
    { asset: USD, amount: usdUnits("1") },
  ]);
  expect(made.state.accounts.get(USD)?.free).toBe(usdUnits("1"));
  expect(only(pass(made, 86_400_000), "deposited")).toEqual([]);
  // A deposit of one's own brings what it brings, and no gift with it.
  expect(only(ask(made, depositOf("5")), "deposited")).toMatchObject([{ amount: usdUnits("5") }]);
  expect(made.state.accounts.get(USD)?.free).toBe(usdUnits("6"));
  explained(made);
});
