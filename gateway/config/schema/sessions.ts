import { z } from "zod";
import { proof } from "./routes.ts";
import { count, duration, nonEmpty } from "./values.ts";

const taskText = z
  .strictObject({
    clients: z
      .array(nonEmpty())
      .prefault([])
      .describe(
        "Ids of the OAuth clients (claim `client` of their issuer) that may add to the text of a session's task. Empty: nobody may.",
      ),
    issuers: z
      .array(z.string())
      .min(1, { error: "needs at least one issuer; without one no client could be identified" })
      .optional()
      .describe("Ids of the issuers whose tokens these clients have. Default: all that issue tokens."),
    scope: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: "expected one scope (RFC 6749 §3.3)" })
      .prefault("task-text")
      .describe("Scope that their tokens must carry for /sessions/{id}/task-text."),
    audience: nonEmpty()
      .optional()
      .describe(
        "Audience that these tokens must name exactly. Default: public URL of the agents listener plus /sessions.",
      ),
    proof,
    keep: duration("1m", "30d")
      .prefault("12h")
      .describe("How long the texts of a session are kept after the last one was added."),
  })
  .prefault({})
  .describe(
    "Who may add to the text of a task in the run, by POST /sessions/{id}/task-text or in `_meta` of an MCP request. Up to 16 KiB in all; in no policy input and no record.",
  );

export const sessionsSchema = z
  .strictObject({
    idle: duration("1m", "30d")
      .prefault("12h")
      .describe("A session without calls for this long is forgotten; its labels stay with the caller."),
    history: count(0, 1000).prefault(50).describe("Latest calls of a session that policy sees."),
    task_text: taskText,
  })
  .prefault({})
  .describe("What is remembered of an agent's run.");
