import { z } from "zod";
import { logFormats, logLevels } from "./config.ts";
import { authorizationSchema } from "./schema/authorization.ts";
import { authzenSchema } from "./schema/authzen.ts";
import { channelsSchema } from "./schema/channels.ts";
import { connectedAccountsSchema } from "./schema/connected-accounts.ts";
import { credentialsSchema } from "./schema/credentials.ts";
import { issuersSchema } from "./schema/issuers.ts";
import { limitsSchema } from "./schema/limits.ts";
import { listenersSchema } from "./schema/listeners.ts";
import { policySchema } from "./schema/policy.ts";
import { recordSchema } from "./schema/record.ts";
import { registrySchema } from "./schema/registry.ts";
import { routesSchema } from "./schema/routes.ts";
import { sessionsSchema } from "./schema/sessions.ts";
import { signalsSchema } from "./schema/signals.ts";
import { storeSchema } from "./schema/store.ts";
import { vaultsSchema } from "./schema/vaults.ts";
import { count, duration, name, nonEmpty } from "./schema/values.ts";
import { tasksSchema } from "./schema/tasks.ts";
import { tracesSchema } from "./schema/traces.ts";

const holdsSchema = z
  .strictObject({
    per_subject: count(1, 100_000).prefault(200).describe("Calls of one agent that may wait for approval at once."),
    irreversible_dwell: duration("0s", "5m")
      .prefault("2s")
      .describe(
        "How long the card of a call that cannot be undone must have been on an approver's screen before they may approve it.",
      ),
    approver_budget: count(1, 100_000)
      .optional()
      .describe(
        "Calls that one person may approve in any hour; above it another person must decide. Default: no limit.",
      ),
  })
  .prefault({})
  .describe("Calls that wait for people.");

const logSchema = z
  .strictObject({
    level: z.enum(logLevels).prefault("info").describe("Least severity that is logged."),
    format: z
      .enum(logFormats)
      .prefault("auto")
      .describe("`json` lines, `pretty` for people, or `auto`: pretty on a terminal."),
  })
  .prefault({})
  .describe("Operations log on stderr. Decisions are never only here.");

/** What services of OPA's APIs hear of every gateway. */
const ownLabels = ["id", "version", "instance", "environment"];

/** The one source of options: checks, defaults, JSON Schema and manual all come from here. */
export const configSchema = z
  .strictObject({
    version: z
      .literal(1, {
        error: ({ input }) => (input === undefined ? "is required: 1" : "expected 1, the only version there is"),
      })
      .describe("Version of this file's format."),
    instance: name().prefault("gw-1").describe("Label of this gateway in records; policies see it."),
    environment: name()
      .prefault("production")
      .describe("Name of the environment; policies see it, and an approval is for it alone."),
    labels: z
      .record(name(), z.string().max(256))
      .refine((labels) => ownLabels.every((name) => !(name in labels)), {
        error: `${ownLabels.join(", ")} are labels that the gateway itself gives; call yours otherwise`,
      })
      .prefault({})
      .describe("Labels of this gateway beyond these two, for services of OPA's status and decision log APIs."),
    data_dir: nonEmpty()
      .prefault(".sallyport")
      .describe("Folder of the store, the decision log and development keys; relative to this file."),
    listeners: listenersSchema,
    issuers: issuersSchema,
    routes: routesSchema,
    credentials: credentialsSchema,
    vaults: vaultsSchema,
    connected_accounts: connectedAccountsSchema.optional(),
    policy: policySchema,
    store: storeSchema,
    record: recordSchema,
    traces: tracesSchema.optional(),
    sessions: sessionsSchema,
    tasks: tasksSchema,
    holds: holdsSchema,
    limits: limitsSchema,
    authorization: authorizationSchema.optional(),
    authzen: authzenSchema.optional(),
    registry: registrySchema.optional(),
    channels: channelsSchema,
    signals: signalsSchema,
    log: logSchema,
  })
  .describe("Configuration of one Sallyport gateway.");

/** The file after defaults and units, before paths are resolved. */
export type ConfigValues = z.output<typeof configSchema>;
