/** The state as bytes and back, exactly: a cache of the fold, never a second truth. */
import { deserialize, serialize } from "node:v8";
import type { FleetState, Law } from "../fleet/state.ts";

/** Grows whenever the shape of the state or the meaning of its fields changes. */
export const SNAPSHOT_SCHEMA = 25;

/** Maps, sets, bigints and undefined come back as they were. */
export const freezeState = (state: Law): Uint8Array => serialize(state);

/** None: undefined when the bytes are no state; the caller then folds the whole journal. */
export function thawState(bytes: Uint8Array): FleetState | undefined {
  try {
    const state = deserialize(bytes) as FleetState;
    return state.ledger instanceof Map && typeof state.fleet === "string" ? state : undefined;
  } catch {
    return undefined;
  }
}
