import { fileURLToPath } from "node:url";

/** A rule that reads the history of the session, and where it is in a policy. With it, all that calls do is written to the shared history. */
export const historyRule = {
  file: fileURLToPath(new URL("history.rego", import.meta.url)),
  path: "sallyport/rules/verify/history/history.rego",
} as const;
