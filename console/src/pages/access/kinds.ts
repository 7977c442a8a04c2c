import type { RevocationKind } from "../../api/types.ts";

interface KindWords {
  /** In the list of what has ended. */
  readonly title: string;
  /** In the form, and what its name is called there; absent where the form does not offer it. */
  readonly choice?: { readonly word: string; readonly hint: string };
  /** Whether an issuer may stand beside the name. */
  readonly ofIssuer: boolean;
}

/** Whose access can end, in the order of the form. */
export const kindWords: Readonly<Record<RevocationKind, KindWords>> = {
  subject: {
    title: "Agent or person",
    choice: { word: "Agent or person, and who acts for them", hint: "the id, as tokens name it" },
    ofIssuer: true,
  },
  session: { title: "Session", choice: { word: "Session", hint: "any of its names" }, ofIssuer: true },
  task: { title: "Task", choice: { word: "Task", hint: "the task's id" }, ofIssuer: true },
  client: { title: "Client", choice: { word: "OAuth client", hint: "the client's id" }, ofIssuer: true },
  key: { title: "Key", choice: { word: "Key", hint: "the thumbprint of the key" }, ofIssuer: true },
  tool: { title: "Tool", choice: { word: "Tool", hint: "server/tool" }, ofIssuer: false },
  server: { title: "Tool server", choice: { word: "Tool server", hint: "its name in the routes" }, ofIssuer: false },
  issuer: { title: "Issuer", choice: { word: "Everybody of an issuer", hint: "https://…" }, ofIssuer: false },
  token: { title: "Access token", ofIssuer: true },
  gateway: { title: "All calls are stopped", ofIssuer: false },
};

/** How long access ends for: seconds, and words; empty: until somebody gives it back. */
export const spans = [
  ["", "until it is given back"],
  ["3600", "for 1 hour"],
  ["28800", "for 8 hours"],
  ["86400", "for 1 day"],
  ["604800", "for 1 week"],
] as const;
