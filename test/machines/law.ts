/** Which machines are drawn only: the law asks them by `step` and runs nothing. Every other is live. */
export const LAW = ["delegation", "domain", "escrow", "job", "loan", "margin-call", "position"];
