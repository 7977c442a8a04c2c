import { z } from "zod";
import { authzenSchema } from "./schema/authzen.ts";
import { channelsSchema } from "./schema/channels.ts";
import { issuersSchema } from "./schema/issuers.ts";
import { listenersSchema } from "./schema/listeners.ts";
import {
  credentialsSchema,
  holdsSchema,
  logSchema,
  policySchema,
  recordSchema,
  sessionsSchema,
  storeSchema,
} from "./schema/rest.ts";
import { routesSchema } from "./schema/routes.ts";
import { name, nonEmpty } from "./schema/text.ts";

/** The one source of options: checks, defaults, JSON Schema and manual all come from here. */
export const configSchema = z
  .strictObject({
    version: z
      .literal(1, {
        error: ({ input }) => (input === undefined ? "is required: 1" : "expected 1, the only version there is"),
      })
      .describe("Version of this file's format."),
    instance: name().prefault("gw-1").describe("Label of this gateway in records; policies see it."),
    environment: name().prefault("production").describe("Name of the environment; policies see it."),
    data_dir: nonEmpty()
      .prefault(".sallyport")
      .describe("Folder of the store, the decision log and development keys; relative to this file."),
    listeners: listenersSchema,
    issuers: issuersSchema,
    routes: routesSchema,
    credentials: credentialsSchema,
    policy: policySchema,
    store: storeSchema,
    record: recordSchema,
    sessions: sessionsSchema,
    holds: holdsSchema,
    authzen: authzenSchema.optional(),
    channels: channelsSchema,
    log: logSchema,
  })
  .describe("Configuration of one Sallyport gateway.");

/** The file after defaults and units, before paths are resolved. */
export type ConfigValues = z.output<typeof configSchema>;
