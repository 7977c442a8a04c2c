import { z } from "zod";
import { ofLastKind } from "../../lib/schema-findings.ts";
import { bundleAlgorithms } from "../../domain/settings.ts";
import { discoverySchema, servedBundle, servicesSchema, statusSchema } from "./bundle-services.ts";
import { dataApiSchema } from "./data-api.ts";
import { count, duration, nonEmpty, size } from "./values.ts";

const key = z.strictObject({
  file: nonEmpty()
    .optional()
    .describe("The public key: PEM (a key or a certificate) or one JWK (RFC 7517). Either this or `secret`."),
  secret: z
    .string()
    .optional()
    .describe("Reference to the secret of HS256, HS384 or HS512: `env:NAME` or `file:PATH`, never the secret itself."),
  algorithm: z
    .enum(bundleAlgorithms)
    .optional()
    .describe(
      "The one algorithm that this key is for (RFC 8725 §3.1). Default: RS256, and HS256 for a `secret`, as of `opa sign`.",
    ),
});

const signing = z
  .strictObject({
    keys: z
      .record(nonEmpty(), key)
      .refine((keys) => Object.keys(keys).length > 0, { error: "needs at least one key" })
      .describe(
        "Keys that may sign policy bundles, by the name that signatures give (`keyid`, or `kid` in the header).",
      ),
    keyid: nonEmpty()
      .optional()
      .describe("The key to use, whatever a signature names. Default: the one that it names."),
    scope: z
      .string()
      .prefault("")
      .describe("What signatures must say that they are for, such as `production`; empty: they must not say."),
  })
  .describe(
    "Who has to sign the bundle, as OPA does it. With this, a bundle that is not signed, or not exactly as signed, or older than one that was active, is refused.",
  );

const archive = z.strictObject({ archive: nonEmpty().describe("A built bundle (.tar.gz).") });

export const bundleSchema = servedBundle(signing);

/** One entry of `sources`; each kind of place is one member of the union. */
export const policySourceSchema = z.union([nonEmpty(), archive, bundleSchema], {
  error: ({ input }) =>
    typeof input === "object" && input !== null && "bundle" in input
      ? ofLastKind
      : "expected `library`, a folder with Rego files, { archive: FILE }, or { bundle: NAME, service: NAME }",
});

const input = z
  .strictObject({
    max: size("1KiB", "16MiB").prefault("256KiB").describe("Largest input document."),
    depth: count(1, 128).prefault(64).describe("Deepest nesting."),
    keys_per_object: count(1, 10_000).prefault(1000).describe("Keys in one object."),
    keys: count(1, 100_000).prefault(10_000).describe("Keys in the whole document."),
  })
  .prefault({})
  .describe("Caps on what one evaluation reads; beyond them the call is refused.");

const cache = z
  .strictObject({
    enabled: z.boolean().prefault(true).describe("With `false`, every start and every edit compiles the whole policy."),
    dir: nonEmpty()
      .optional()
      .describe(
        "Folder of the gateway's own (mode 0700, of its user): any other is refused. Default: `policy-cache` in `data_dir`.",
      ),
    key: z
      .string()
      .optional()
      .describe(
        "Reference (`env:NAME` or `file:PATH`) to the secret of at least 32 characters that entries are authenticated with. Gateways that share `dir` need the same. Default: one that is made once and kept in the store.",
      ),
    max: size("1MiB", "64GiB").prefault("256MiB").describe("Bytes on disk; what was used longest ago goes first."),
  })
  .prefault({})
  .describe(
    "Results of builds by everything that they depend on: an edit of data compiles no rules, and a start with the policy of before compiles nothing.",
  );

const pointer = z.string().regex(/^(?:\/(?:[^~/]|~[01])*)+$/, {
  error: "expected a JSON pointer into the input, such as /subject/id",
});

const adopted = z.strictObject({
  path: z
    .string()
    .regex(/^[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)+$/, { error: "expected a path such as httpapi/authz/allow" })
    .describe("The rule that decides, below `data`: `httpapi/authz/allow` is `data.httpapi.authz.allow`."),
  for: z
    .array(nonEmpty())
    .min(1, { error: "needs at least one server" })
    .describe(
      "Servers whose calls it judges. Its answer `true`, or an object with `allowed` or `allow` true, permits; an empty set or list of objections says nothing; anything else denies.",
    ),
  input: z
    .union([z.enum(["sallyport", "envoy"]), z.record(nonEmpty(), pointer)], {
      error: "expected sallyport, envoy, or a mapping of names to JSON pointers",
    })
    .prefault("sallyport")
    .describe(
      "What it reads: the gateway's own document, the one of OPA-Envoy, or a mapping of its names to JSON pointers into the gateway's. A call that lacks one of these members, or has it as null, is denied.",
    ),
});

const shadow = z
  .strictObject({
    sources: z
      .array(
        z.union([nonEmpty(), archive], { error: "expected `library`, a folder with Rego files, or { archive: FILE }" }),
      )
      .min(1, { error: "needs at least one entry" })
      .describe("What the candidate is made of, as in `policy.sources`; edits are seen as theirs are."),
    cpu_percent: count(1, 100)
      .prefault(10)
      .describe("Share of one processor core that judging by the candidate may take. Its builds are not counted."),
    queue: count(1, 100_000)
      .prefault(1000)
      .describe("Calls that may wait to be judged by it. Those beyond are left out, and counted."),
  })
  .describe(
    "A candidate that is judged beside the active policy on live calls, after each decision and on a thread of its own. It decides nothing; what it would change is counted and shown by `sallyport policy shadow`.",
  );

const impactRequirement = z
  .strictObject({
    last: count(1, 10_000_000).prefault(10_000).describe("So many of the latest recorded decisions."),
    compared_percent: count(1, 100)
      .prefault(90)
      .describe(
        "Of those that a policy decided: share of which it has to be known what the new one says of them. Below it, the change waits like one that widens.",
      ),
    timeout: duration("1s", "1h")
      .prefault("5m")
      .describe("How long judging them may take. An edit that runs into it stays a finding and is tried again."),
  })
  .describe(
    "Recorded decisions are judged by the policy that is active and by the new one. A new one that lets something through that the active one does not, of which too little is known, or that changes rules about lists of tools, results or the log, which no decision asks, waits until somebody accepts it (`sallyport policy accept`).",
  );

const changeApproval = z
  .strictObject({
    role: nonEmpty().describe("Role of those who may approve a change. Who asks for it cannot approve it."),
    count: count(1, 10).prefault(1).describe("So many of them."),
    when: z
      .enum(["always", "widening"])
      .prefault("always")
      .describe("`always`: every change. `widening`: only one that `impact` does not let pass."),
    within: duration("1m", "30d")
      .prefault("24h")
      .describe("Time to approve it, and from then on for it to become active."),
  })
  .describe(
    "A change is active only once people have approved exactly that revision, with the approvals that held calls have. An operator asks for it with `sallyport policy accept`.",
  );

const requirements = z
  .strictObject({
    tests: z
      .boolean()
      .prefault(false)
      .describe(
        "The tests of its folders pass, as `sallyport policy test` runs them. A policy without tests does not.",
      ),
    coverage: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .describe("Percent of the lines of their rules that these tests reach. With it, the tests are run too."),
    impact: impactRequirement.optional(),
    approval: changeApproval.optional(),
  })
  .describe(
    "What a policy has to fulfil before it becomes active, beside what is checked of every policy. One that does not is a finding, and the last good one judges on.",
  );

/** The source where none is named. */
export const usualSource = "./rego";

export const policySchema = z
  .strictObject({
    source: z
      .union([nonEmpty(), archive], { error: "expected a folder with Rego files, or { archive: FILE }" })
      .optional()
      .describe(
        "Folder with the whole policy in Rego (compiled and watched), or { archive: FILE } with a built bundle. Default: `./rego`, where `sources` is not written either.",
      ),
    sources: z
      .array(policySourceSchema)
      .min(1, { error: "needs at least one entry" })
      .optional()
      .describe(
        "In the place of `source`: what the policy is made of, compiled together. `library` is the policy library that comes with the gateway; a text is a folder with Rego and data, `{ archive: FILE }` a bundle of them, `{ bundle: NAME, service: NAME }` one that a bundle service has. Every source may deny and hold; none changes the rules and data of another one.",
      ),
    services: servicesSchema,
    status: statusSchema.optional(),
    discovery: discoverySchema(signing).optional(),
    adopt: z
      .array(adopted)
      .prefault([])
      .describe("Decisions of policies that other projects wrote, which judge calls of some servers."),
    data_api: dataApiSchema.optional(),
    poll: duration("1s", "1h")
      .prefault("5s")
      .describe(
        "How often the gateway looks where the source's path leads. The source is read again and compared by digest on the first poll after a hundred times as long as the last reading took, or after a minute if that is less; with `1h` that is once an hour. Edits in place are seen at once.",
      ),
    build_timeout: duration("1s", "1h")
      .prefault("60s")
      .describe("How long one run of opa may take. An edit that runs into it stays a finding and is tried again."),
    cache,
    signing: signing.optional(),
    shadow: shadow.optional(),
    require: requirements.optional(),
    fuel: count(1000, 1_000_000_000).prefault(2_000_000).describe("Budget of one decision, in fuel units."),
    memory: size("1MiB", "1GiB").prefault("64MiB").describe("Memory of one policy instance."),
    input,
  })
  .prefault({})
  .describe("The policy that judges.");
