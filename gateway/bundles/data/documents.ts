import { listedKinds } from "../../domain/definition-kinds.ts";
import { z } from "zod";
import { boundSchema } from "../build/typed-data.ts";
import type { Location } from "../failure.ts";
import { pathInSource, type SourceFile } from "../sources.ts";
import type { DataDocument } from "./check-data.ts";
import { parseJson } from "../../lib/parse-json.ts";

const seconds = z.int().min(1).describe("Seconds.");
const role = z.string().min(1);
const names = z.array(z.string());

/** Mappings such as `server → tool → value`, whose names each site chooses. */
const byName = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);

/** JSON pointers (RFC 6901) of arguments. */
const pointers = z.array(
  z.string().regex(/^(?:\/(?:[^~/]|~[01])*)+$/, { error: "expected a JSON pointer such as /to" }),
);

const approval = z.enum(["always", "tainted"]);

const returns = z.strictObject({
  labels: names.optional(),
  trusted_fields: names.optional(),
  own_fields: names.optional(),
  author: names.optional(),
  own_text: z.boolean().optional(),
});

/** Words of a task, in lower case. */
const askedBy = z.array(
  z.string().regex(/^[^\s*]+\*?$/, { error: "expected a word, or the beginning of words such as cancel*" }),
);

const unit = z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,31}$/, { error: "expected a unit such as EUR" });

/** An exact amount, or the argument that is the amount. */
const price = z.union([
  z.number().min(0),
  z.string().regex(/^(?:(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,18})?|(?:\/(?:[^~/]|~[01])*)+)$/, {
    error: "expected an amount such as 0.50, or a JSON pointer such as /amount",
  }),
]);

/** Of a definition, as `sallyport tools list` shows it. */
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, {
  error: "expected a digest such as `sallyport tools list` shows: sha256: and 64 hexadecimal digits in lower case",
});

const facts = z.strictObject({
  // Of what the line is: its name is another one's too.
  kind: z.enum(listedKinds).optional(),
  sensitivity: z.enum(["low", "medium", "high"]).optional(),
  reversible: z.boolean().optional(),
  sink: z.enum(["none", "internal", "external"]).optional(),
  external_if: pointers.optional(),
  mutates: z.boolean().optional(),
  destination: pointers.optional(),
  target: pointers.optional(),
  returns: returns.optional(),
  confirms: names.optional(),
  remarks: pointers.optional(),
  asked_by: askedBy.optional(),
  owner: z.string().optional(),
  definition: digest.optional(),
  labels: names.optional(),
  price: z.record(unit, price).optional(),
  // The site's own, beside the two that the library reads.
  facts: z
    .object({ approval: approval.optional(), hours: z.enum(["any", "office"]).optional() })
    .catchall(z.unknown())
    .optional(),
});

const approvers = z.strictObject({
  role,
  count: z.int().min(1),
  approve_within: seconds,
  execute_within: seconds,
  justification: z.boolean(),
  when: approval.optional(),
  summaries: byName(names).optional(),
});

const amount = z.strictObject({
  argument: z.string(),
  up_to: z.number(),
  role,
  approve_within: seconds,
  execute_within: seconds,
  proof: z.enum(["session", "reauthenticated", "passkey"]),
});

const host = z.string().regex(/^(?:[^\sA-Z/:[\]]+|\[[0-9a-f:.]+\])$/, {
  error: "expected a host in lower case, without scheme, port and path",
});

const destinations = z.strictObject({
  arguments: byName(names).optional(),
  hosts: z.record(host, z.array(z.int().min(1).max(65_535))).optional(),
});

/** What a finding of a rule does. */
const finding = z.enum(["hold", "deny", "shadow", "off"]).optional();

const provenance = z.strictObject({
  rules: z.strictObject({
    act: finding,
    chain: finding,
    commitment: finding,
    copy: finding,
    destination: finding,
    destroy: finding,
    leak: finding,
    payload: finding,
    repeat: finding,
  }),
});

/** Of a call that its task does not give. */
const task = z.strictObject({
  rules: z.strictObject({ tools: finding, targets: finding, limits: finding, purpose: finding }),
});

const share = z.number().min(0).max(1);
const halfLife = z.string().regex(/^[1-9]\d{0,4}[smhd]$/, { error: "expected a time such as 10m" });
const weighed = { weight: share, half_life: halfLife };

const risk = z.strictObject({
  thresholds: z.strictObject({ raised: share.optional(), critical: share.optional() }).optional(),
  rules: z.strictObject({ raised: finding, critical: finding }).optional(),
  signals: z.strictObject({
    new_destination: z.strictObject({ ...weighed, calls: z.int().min(0) }).optional(),
    burst: z.strictObject({ ...weighed, calls: z.int().min(1), per: halfLife }).optional(),
    denied_streak: z.strictObject({ ...weighed, calls: z.int().min(1) }).optional(),
    unusual_hour: z.strictObject({ ...weighed, days: z.int().min(1).max(255) }).optional(),
    purpose_drift: z.strictObject(weighed).optional(),
    label_combination: z.strictObject({ ...weighed, combinations: z.array(names.min(1)) }).optional(),
    outside_event: z.strictObject(weighed).optional(),
  }),
});

/** What one MCP server may ask its callers. */
const serverRequests = z.strictObject({
  elicitation: z.boolean().optional(),
  sampling: z.boolean().optional(),
  roots: z.boolean().optional(),
  tools: byName(z.boolean()).optional(),
  url_hosts: z.array(host).optional(),
  secret_forms: z.boolean().optional(),
});

const domain = z.string().regex(/^[^\sA-Z/:@[\]]+$/, {
  error: "expected a domain in lower case, without scheme, port and path",
});

const site = z.strictObject({
  inside: z.array(domain).optional(),
  hosts_opt_in: z.boolean().optional(),
  people: byName(names).optional(),
});

/** null: every line of it is a comment. Whoever closes the last tool in this way closes it. */
const granted = byName(z.boolean()).nullable().optional();

const rights = z.strictObject({ tools: granted, methods: granted });

/**
 * The data documents of the policy library, by name below `data.sallyport`. Closed: a field that no rule reads is a typing
 * mistake. `rego/schemas/` holds the same for `opa check`.
 */
export const documents = {
  approvers: byName(approvers).describe("data.sallyport.approvers: server, whom to ask"),
  catalog: byName(byName(facts)).describe("data.sallyport.catalog: server, tool, facts"),
  destinations: byName(destinations).describe("data.sallyport.destinations: server, where it may send"),
  entitlements: byName(byName(rights)).describe("data.sallyport.entitlements: role, server, tools and methods"),
  envoy: z.strictObject({ servers: names }).describe("data.sallyport.envoy: servers of an OPA-Envoy policy"),
  limits: byName(byName(byName(z.strictObject({ above: z.number(), max: z.number() })))).describe(
    "data.sallyport.limits: server, tool, argument, bounds",
  ),
  provenance: provenance.describe("data.sallyport.provenance: rule, what a finding does"),
  risk: risk.describe("data.sallyport.risk: signals, thresholds, what a finding does"),
  server_requests: byName(serverRequests).describe(
    "data.sallyport.server_requests: server, what it may ask its callers",
  ),
  site: site.describe("data.sallyport.site: what belongs to the site"),
  task: task.describe("data.sallyport.task: rule, what a finding does"),
  two_people: byName(byName(amount)).describe("data.sallyport.two_people: server, tool, amount"),
} satisfies Readonly<Record<string, z.ZodType>>;

export type DocumentName = keyof typeof documents;

/** Documents that are settings by name, and no mappings of servers or roles. */
const settings: ReadonlySet<DocumentName> = new Set(["envoy", "provenance", "risk", "site", "task"]);

export const isSettings = (name: DocumentName): boolean => settings.has(name);

export const documentNames = Object.keys(documents) as readonly DocumentName[];

/**
 * Whether members of the mapping at a path of `data` may be of several sources: the top of all data, servers and roles, and settings, but
 * for mappings of names within them, such as `site.people`.
 */
export function holdsSettings([root, name, ...below]: readonly string[]): boolean {
  if (root === undefined || (root === "sallyport" && name === undefined)) return true;
  const document = root === "sallyport" ? documentNames.find((one) => one === name) : undefined;
  if (document === undefined || !isSettings(document)) return document !== undefined;
  let schema: unknown = documents[document];
  for (const step of below) {
    const part: unknown = schema instanceof z.ZodObject ? schema.shape[step] : undefined;
    schema = part instanceof z.ZodOptional ? part.unwrap() : part;
  }
  return schema instanceof z.ZodObject;
}

/** The JSON Schema of a document, as `opa check --schema` reads it. */
export function documentJsonSchema(name: DocumentName): string {
  const { $schema, description, ...rest } = z.toJSONSchema(documents[name], { target: "draft-07", io: "input" });
  return `${JSON.stringify({ $schema, title: description, ...rest }, null, 2)}\n`;
}

/** The data documents of a site: those that METADATA binds to a schema in `schemas/`. */
export function siteDocuments(files: readonly SourceFile[]): {
  readonly documents: readonly DataDocument[];
  readonly problems: readonly Location[];
} {
  // Two modules may bind a document to two schemas: each of them counts, whichever module comes first.
  const bound = new Map<string, readonly [at: string, file: string]>();
  for (const { path, bytes } of files) {
    if (!path.endsWith(".rego")) continue;
    for (const [, at = "", schema = ""] of bytes.toString("utf8").matchAll(boundSchema))
      bound.set(`${at} ${schema}`, [at, `schemas/${schema}.json`]);
  }
  const documents: DataDocument[] = [];
  const problems: Location[] = [];
  for (const [path, file] of bound.values()) {
    const at = path.split(".");
    const source = at[0] === "sallyport" ? undefined : files.find((one) => pathInSource(one) === file);
    if (source === undefined) continue;
    try {
      documents.push({
        at,
        schema: z.fromJSONSchema(parseJson(source.bytes.toString("utf8")) as z.core.JSONSchema.JSONSchema),
      });
    } catch (error) {
      problems.push({
        file: source.path,
        line: 1,
        column: 1,
        message: `data.${path} cannot be checked by it: ${(error as Error).message}`,
      });
    }
  }
  return { documents, problems };
}
