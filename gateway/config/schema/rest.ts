import { z } from "zod";
import { logFormats, logLevels } from "../config.ts";
import { signing } from "./signing.ts";
import { name, nonEmpty, pointerPattern, tokenPattern } from "./text.ts";
import { count, duration, size } from "./units.ts";

export const credentialSchema = z.strictObject({
  header: z
    .string()
    .regex(tokenPattern, { error: "expected a header name" })
    .prefault("authorization")
    .describe("Header that carries it."),
  prefix: z
    .string()
    .regex(/^[\x20-\x7e]*$/, { error: "must be printable ASCII" })
    .prefault("")
    .describe('Put before the secret, such as "Bearer ".'),
  value: z.string().describe("Reference to the secret: `env:NAME` or `file:PATH`, never the secret itself."),
});

export const credentialsSchema = z
  .record(name(), credentialSchema)
  .prefault({})
  .describe(
    "The gateway's own credentials towards tool servers, by name. A caller's own credential is never forwarded.",
  );

const archive = z.strictObject({ archive: nonEmpty().describe("A built bundle (.tar.gz).") });

const input = z
  .strictObject({
    max: size("1KiB", "16MiB").prefault("256KiB").describe("Largest input document."),
    depth: count(1, 128).prefault(64).describe("Deepest nesting."),
    keys_per_object: count(1, 10_000).prefault(1000).describe("Keys in one object."),
    keys: count(1, 100_000).prefault(10_000).describe("Keys in the whole document."),
  })
  .prefault({})
  .describe("Caps on what one evaluation reads; beyond them the call is refused.");

export const policySchema = z
  .strictObject({
    source: z
      .union([nonEmpty(), archive], { error: "expected a folder with Rego files, or { archive: FILE }" })
      .prefault("./rego")
      .describe("Folder with Rego files (compiled and watched), or { archive: FILE } with a built bundle."),
    poll: duration("1s", "1h")
      .prefault("5s")
      .describe("How often the source is read again and compared by digest. Edits in place are seen at once."),
    build_timeout: duration("1s", "1h")
      .prefault("60s")
      .describe("How long one run of opa may take. An edit that runs into it stays a finding and is tried again."),
    signing: signing.optional(),
    fuel: count(1000, 1_000_000_000).prefault(2_000_000).describe("Budget of one decision, in fuel units."),
    memory: size("1MiB", "1GiB").prefault("64MiB").describe("Memory of one policy instance."),
    input,
  })
  .prefault({})
  .describe("The policy that judges.");

export const storeSchema = z
  .strictObject({
    sqlite: nonEmpty()
      .optional()
      .describe("SQLite file for approvals and sessions. Default: sallyport.db in the data folder."),
  })
  .prefault({})
  .describe("Durable state.");

export const recordSchema = z
  .strictObject({
    dir: nonEmpty().optional().describe("Folder of the decision log. Default: log in the data folder."),
    mask: z
      .array(z.string().regex(pointerPattern, { error: "expected a JSON pointer such as /context/arguments/card" }))
      .prefault([])
      .describe("JSON pointers into the policy input whose values are never written."),
    buffered_cap: count(1, 1_000_000)
      .prefault(10_000)
      .describe("Records that may wait for the disk on `buffered` routes; one more is refused."),
  })
  .prefault({})
  .describe("The decision log.");

export const sessionsSchema = z
  .strictObject({
    idle: duration("1m", "30d")
      .prefault("12h")
      .describe("A session without calls for this long is forgotten; its labels stay with the caller."),
    history: count(0, 1000).prefault(50).describe("Latest calls of a session that policy sees."),
  })
  .prefault({})
  .describe("What is remembered of an agent's run.");

export const holdsSchema = z
  .strictObject({
    per_subject: count(1, 100_000).prefault(200).describe("Calls of one agent that may wait for approval at once."),
    irreversible_dwell: duration("0s", "5m")
      .prefault("2s")
      .describe(
        "How long the card of a call that cannot be undone must have been on an approver's screen before they may approve it.",
      ),
    approver_budget: count(1, 100_000)
      .optional()
      .describe("Calls that one person may approve in any hour; above it somebody else decides. Default: no limit."),
  })
  .prefault({})
  .describe("Calls that wait for people.");

export const logSchema = z
  .strictObject({
    level: z.enum(logLevels).prefault("info").describe("Least severity that is logged."),
    format: z
      .enum(logFormats)
      .prefault("auto")
      .describe("`json` lines, `pretty` for people, or `auto`: pretty on a terminal."),
  })
  .prefault({})
  .describe("Operations log on stderr. Decisions are never only here.");
