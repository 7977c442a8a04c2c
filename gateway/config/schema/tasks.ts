import { z } from "zod";
import { endpointClients } from "./endpoint-clients.ts";
import { count, duration, name } from "./values.ts";

export const tasksSchema = z
  .strictObject({
    ...endpointClients({
      who: "Ids of the OAuth clients (claim `client` of their issuer) that may open tasks by POST /tasks: orchestrators. Empty: people alone open tasks.",
      scope: "tasks",
      scopeFor: "to open a task that is a part of none",
      path: "/tasks",
    }),
    roles: z
      .array(name())
      .min(1, { error: "needs at least one role" })
      .prefault(["operator"])
      .describe("Roles of the console whose people may open and close tasks."),
    time: duration("1s", "365d").prefault("1h").describe("How long a task lasts that does not say."),
    longest: duration("1s", "365d").prefault("24h").describe("How long a task may last."),
    most_open: count(1, 100_000).prefault(1_000).describe("Tasks of one opener that may be open at once."),
    token: duration("10s", "1h")
      .prefault("5m")
      .describe("Longest lifetime of a token of a task; it never outlives the agent's own token, nor the task."),
  })
  .prefault({})
  .describe("Tasks: access that an orchestrator or a person opens for a purpose, and that ends with it.");
