import type { SessionRow } from "../api/types.ts";

/** Who named a session, as the end of a sentence about it. */
export const namedBy: Readonly<Record<SessionRow["trust"], string>> = {
  token: "named by its token",
  transport: "of the MCP transport",
  self: "named by the agent itself",
  trace: "of one trace",
  none: "the agent's own window",
};
