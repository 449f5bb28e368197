/** What a practice fleet makes of a command. */
import type { AgentView } from "../protocol/views.ts";

export type Body = Readonly<Record<string, unknown>>;
/** What a command makes of the view, or the code of its refusal. */
export type Act = (view: AgentView, body: Body) => AgentView | string;
export type Acts = Readonly<Record<string, Act>>;

/** The view without the reservation that a command draws on, or the law's refusal. */
export function drawn(view: AgentView, { reservation }: Body): AgentView | string {
  if (reservation === undefined) return view;
  const left = view.reservations.filter((one) => one.reservation !== reservation);
  if (left.length === view.reservations.length) return "unknown_reservation";
  return { ...view, reservations: left };
}
