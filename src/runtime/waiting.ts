/** What waits for its turn in the loop, and what its sender is told. */
import type { Law } from "../fleet/state.ts";
import type { Rejection } from "../protocol/rejections.ts";
import type { Answer, Command } from "../protocol/turns.ts";

/** What the caller of a command is told, after the batch that holds it is stored. */
export type Outcome = Answer | { readonly refused: Rejection } | { readonly nothing: true };
export type Told = (outcome: Outcome) => void;

export type Question = (law: Law) => () => void;

/** What has its turn: a command and who is told of it, or a question. */
export type Opened =
  | {
      readonly command: Command;
      readonly told?: Told | undefined;
      /** What came over the wire, kept with a refusal. */
      readonly asked?: unknown;
    }
  | { readonly question: Question };

/** Opened when its turn comes. None: undefined when it was refused unheard. */
export type Waiting = () => Opened | undefined;
