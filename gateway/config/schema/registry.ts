import { z } from "zod";
import { count, name } from "./values.ts";

const shown = z.strictObject({
  title: z.string().min(1).max(100).optional().describe("Name for people. Default: the tool server's name."),
  description: z.string().min(1).max(100).optional().describe("What it does, in at most 100 characters."),
  version: z
    .string()
    .regex(/^(?!latest$)[0-9A-Za-z][0-9A-Za-z.+-]{0,254}$/, { error: "expected a version such as 1.2.0" })
    .prefault("1.0.0")
    .describe("Version of the tool server, as the operator counts."),
  public: z.boolean().prefault(false).describe("Callers without a token find it, too."),
});

export const registrySchema = z
  .strictObject({
    namespace: z
      .string()
      .regex(/^[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+$/, {
        error: "expected a domain in reverse order, such as com.example",
      })
      .max(120)
      .describe("Domain of the operator in reverse order; a route's server is named <namespace>/<id of the route>."),
    page: count(1, 100).prefault(30).describe("Servers of one page, where the caller does not say."),
    servers: z.record(name(), shown).prefault({}).describe("What is said of a route's server, by the id of the route."),
  })
  .describe(
    "List of the MCP servers behind this gateway, below /v0.1, in the form of the MCP registry API. Absent: none.",
  );
