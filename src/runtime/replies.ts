/** What goes back over the wire: an outcome with its words. */
import {
  type Rejection,
  rejectionMeaning,
  rejectionNumber,
  rejectionRemedy,
} from "../protocol/rejections.ts";
import type { Reply } from "../protocol/turns.ts";
import type { Outcome } from "./waiting.ts";

export function refusalReply(id: string, rejection: Rejection, seq = 0, turn = 0): Reply {
  const { code, detail } = rejection;
  const message = `${rejectionMeaning(code)} ${rejectionRemedy(code)}`;
  const base = { ok: false, id, seq, turn, code, number: rejectionNumber(code), message } as const;
  return detail === undefined ? base : { ...base, detail };
}

export function replyTo(id: string, outcome: Outcome): Reply {
  if ("refused" in outcome) return refusalReply(id, outcome.refused);
  if ("nothing" in outcome) return { ok: true, id, seq: 0, turn: 0 };
  if (outcome.ok) return { ok: true, id, seq: outcome.seq, turn: outcome.turn };
  return refusalReply(id, outcome.rejection, outcome.seq, outcome.turn);
}
