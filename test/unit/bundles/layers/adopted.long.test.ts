import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unknownTool } from "../../../../gateway/bundles/data/tool-facts.ts";
import { policyInputOf, selfTestInput } from "../../../../gateway/bundles/golden-cases.ts";
import { policySources } from "../../../../gateway/bundles/layers/policy-source.ts";
import { type LoadedPolicy, loadPolicy, withPolicy } from "../../../../gateway/cli/policy/load-policy.ts";
import { askOpa } from "../../../../gateway/cli/policy/opa.ts";
import { systemClock } from "../../../../gateway/compose/clock-and-ids.ts";
import { decide } from "../../../../gateway/decide/decide.ts";
import type { AdoptedPolicy } from "../../../../gateway/domain/settings.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";

/** Policies as their projects have them, each with an input of its own. */
const policies = {
  "rbac/authz.rego": `package rbac.authz

default allow := false

allow if {
	some role in data.rbac.roles[input.user]
	some grant in data.rbac.grants[role]
	grant == input.action
}
`,
  "rbac/data.yaml": "roles: { alice: [reader] }\ngrants: { reader: [list] }\n",
  "envoy/authz/authz.rego": `package envoy.authz

allow := {"allowed": true} if input.attributes.request.http.method == "GET"

allow := {"allowed": false, "http_status": 403, "body": "only reads"} if input.attributes.request.http.method != "GET"
`,
  "kubernetes/admission.rego": `package kubernetes.admission

deny contains {"msg": msg} if {
	image := input.request.object.image
	not startswith(image, "registry.example/")
	msg := sprintf("image %v is from elsewhere", [image])
}
`,
  "quota/quota.rego": `package quota

default allow := true

allow := false if input.parts.amount > 10

allow := false if input.purpose == "fraud"
`,
  "abac/decide.rego": `package abac.decide

result := {"allow": input.subject.properties.proof.method == "mtls", "reason": "no certificate"}
`,
};

const adopted: readonly AdoptedPolicy[] = [
  {
    path: "rbac/authz/allow",
    servers: ["rbac", "rbac2"],
    input: { user: ["subject", "id"], action: ["resource", "properties", "tool"] },
  },
  { path: "envoy/authz/allow", servers: ["envoy"], input: "envoy" },
  { path: "kubernetes/admission/deny", servers: ["kube"], input: { request: ["context", "arguments"] } },
  { path: "abac/decide/result", servers: ["abac"], input: "sallyport" },
  {
    path: "quota/allow",
    servers: ["quota"],
    input: {
      parts: ["context", "arguments"],
      purpose: ["context", "intent", "purpose"],
      claims: ["subject", "properties", "claims"],
    },
  },
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "sallyport-adopted-"));
  for (const [path, text] of Object.entries(policies)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

interface Call {
  readonly server: string;
  readonly tool?: string;
  readonly who?: string;
  readonly method?: string;
  readonly proof?: string;
  readonly arguments?: JsonObject;
  readonly omitted?: boolean;
  readonly purpose?: string | null;
  readonly cut?: readonly string[];
}

function inputOf({
  server,
  tool = "list",
  who = "alice",
  method = "GET",
  proof = "none",
  arguments: args = {},
  omitted = false,
  purpose = null,
  cut = [],
}: Call): JsonObject {
  const input = selfTestInput("call") as unknown as Record<"subject" | "action" | "resource" | "context", JsonObject>;
  const facts = { ...unknownTool, known: true, sensitivity: "low", reversible: true, mutates: false, sink: "internal" };
  const part = (of: JsonObject, more: object): JsonObject => ({
    ...of,
    properties: { ...(of["properties"] as JsonObject), ...more },
  });
  return {
    ...(input as unknown as JsonObject),
    subject: { ...part(input.subject, { proof: { method: proof, key: null }, claims_omitted: [...cut] }), id: who },
    action: part(input.action, { method }),
    resource: { ...part(input.resource, { server, tool, catalog: facts }), id: `${server}/${tool}` },
    context: {
      ...input.context,
      arguments: args,
      arguments_omitted: omitted,
      intent: { ...(input.context["intent"] as JsonObject), purpose },
    },
  };
}

const pod = (image: string): JsonObject => ({ object: { image } });
const cases: readonly (readonly [Call, string])[] = [
  [{ server: "rbac" }, "allow ADOPTED_ALLOWED"],
  [{ server: "rbac2" }, "allow ADOPTED_ALLOWED"],
  [{ server: "rbac", tool: "drop" }, "deny ADOPTED_DENIED: it gave no reason"],
  [{ server: "rbac", who: "bob" }, "deny ADOPTED_DENIED: it gave no reason"],
  [{ server: "envoy" }, "allow ADOPTED_ALLOWED"],
  [{ server: "envoy", method: "POST" }, "deny ADOPTED_DENIED: only reads"],
  // Objections alone permit nothing; an entitlement does.
  [{ server: "kube", arguments: pod("registry.example/a") }, "deny NO_RULE_PERMITS"],
  [{ server: "kube", arguments: pod("evil/a") }, "deny ADOPTED_DENIED: image evil/a is from elsewhere"],
  [{ server: "abac", proof: "mtls" }, "allow ADOPTED_ALLOWED"],
  [{ server: "abac" }, "deny ADOPTED_DENIED: no certificate"],
  [{ server: "quota", purpose: "work", arguments: { amount: 1 } }, "allow ADOPTED_ALLOWED"],
  [{ server: "quota", purpose: "work", arguments: { amount: 11 } }, "deny ADOPTED_DENIED: it gave no reason"],
  // A member that is null, arguments that were not read, and claims that were left out, are members that the call lacks.
  [{ server: "quota", arguments: { amount: 1 } }, "deny ADOPTED_DENIED: it gave no reason"],
  [{ server: "quota", purpose: "work", omitted: true }, "deny ADOPTED_DENIED: it gave no reason"],
  [{ server: "quota", purpose: "work", cut: ["groups"] }, "deny ADOPTED_DENIED: it gave no reason"],
  [{ server: "kube", omitted: true }, "deny ADOPTED_DENIED: it gave no reason"],
  [{ server: "another" }, "deny NO_RULE_PERMITS"],
];

test("asks decisions of other projects for their servers, and both engines agree", async () => {
  const sources = policySources({ sources: [{ kind: "library" }, { kind: "folder", path: root }], adopted });
  await withPolicy(sources, {}, async ({ sources: files, folder }) => {
    const loaded = await loadPolicy(files, "no-such-file.yaml", systemClock);
    for (const [call, wanted] of cases) expect([call, answerOf(loaded, call)]).toEqual([call, wanted]);
    for (const [call] of cases) {
      const input = policyInputOf(inputOf(call));
      const asked = await askOpa(folder, { name: "case", entrypoint: "decision", input } as never, "notes");
      expect([call, asked.value]).toEqual([call, rawAnswer(loaded, call)]);
    }
  });
});

function rawAnswer({ policy }: LoadedPolicy, call: Call): unknown {
  const { results } = policy.evaluate("decision", policyInputOf(inputOf(call)));
  return (results as readonly [{ readonly result: unknown }])[0].result;
}

function answerOf({ policy }: LoadedPolicy, call: Call): string {
  const { effect, reasons } = decide(policy, policyInputOf(inputOf(call)));
  // That nothing permits the call comes before what objects to it.
  const reason = reasons.find(({ code }) => code.startsWith("ADOPTED")) ?? reasons[0];
  const detail = reason?.code === "ADOPTED_DENIED" ? `: ${reason.message.replace(/^.*?: /, "")}` : "";
  return `${effect} ${reason?.code}${detail}`;
}

test("refuses to adopt a decision that no source has, and names it", async () => {
  const missing: AdoptedPolicy = { path: "gone/authz/allow", servers: ["x"], input: "sallyport" };
  const sources = policySources({ sources: [{ kind: "library" }], adopted: [missing] });
  const built = withPolicy(sources, {}, ({ sources: files }) => loadPolicy(files, "no-such-file.yaml", systemClock));
  await expect(built).rejects.toThrow(/adopted\/gone_authz_allow\.rego:\d+: .*data\.gone/);
});
