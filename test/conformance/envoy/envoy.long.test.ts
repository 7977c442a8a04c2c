import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { loadPolicy } from "../../../gateway/cli/policy/load-policy.ts";
import { readSources } from "../../../gateway/bundles/sources.ts";
import { selfTestInput } from "../../../gateway/bundles/golden-cases.ts";
import { decide } from "../../../gateway/decide/decide.ts";
import type { Decision } from "../../../gateway/domain/decision.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { ActivePolicy } from "../../../gateway/domain/ports.ts";
import { systemClock } from "../../../gateway/compose/clock-and-ids.ts";
import { copyPolicy } from "../../support/policy-copy.ts";
import { inputOf, opa } from "../../unit/decide/support/compile-rego.ts";

/** A boolean by method, path and the roles of a header that Envoy's authentication filter would have checked. */
const byMethodAndPath = `package envoy.authz

import input.attributes.request.http as http_request

default allow := false

allow if {
  http_request.method == "GET"
  input.parsed_path == ["v1", "orders", "881"]
}

allow if {
  http_request.method == "POST"
  glob.match("/v1/refunds*", ["/"], http_request.path)
  input.parsed_body.amount < 100
  input.parsed_query.dry_run == ["1"]
}
`;

const withAnObject = `package envoy.authz

default allow := {
  "allowed": false,
  "headers": {"x-ext-auth-allow": "no"},
  "body": "only small refunds",
  "http_status": 403,
}

allow := response if {
  input.attributes.request.http.method == "POST"
  input.parsed_body.amount < 100
  response := {"allowed": true, "headers": {"x-ext-auth-allow": "yes"}, "response_headers_to_add": {"x-seen": "1"}}
}
`;

const withAToken = `package envoy.authz

import input.attributes.request.http as http_request

default allow := false

allow if {
  token.payload.role == "refunder"
  http_request.method == "POST"
  lower(token.payload.team) == "payments"
}

token := {"payload": payload} if {
  [_, encoded] := split(http_request.headers.authorization, " ")
  [_, payload, _] := io.jwt.decode(encoded)
}
`;

interface Call {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  readonly arguments: JsonObject;
  readonly claims: JsonObject;
}

const read: Call = { method: "GET", segments: ["v1", "orders", "881"], query: [], arguments: {}, claims: {} };
const refund: Call = {
  method: "POST",
  segments: ["v1", "refunds"],
  query: [["dry_run", "1"]],
  arguments: { amount: 50 },
  claims: { sub: "refund-bot", role: "refunder", team: "Payments" },
};
const calls: Readonly<Record<string, Call>> = {
  "a read of an order": read,
  "a read of something else": { ...read, segments: ["v1", "orders", "882"] },
  "a small refund": refund,
  "a large refund": { ...refund, arguments: { amount: 5_000 } },
  "a refund without an amount": { ...refund, arguments: {} },
  "a refund in earnest": { ...refund, query: [] },
  "a refund by somebody else": { ...refund, claims: { ...refund.claims, role: "guest" } },
  "a refund by nobody": { ...refund, claims: {} },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-envoy-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The library with this policy dropped in, unchanged, for the server payments. */
async function withPolicy(
  name: string,
  rego: string,
): Promise<{ readonly file: string; readonly policy: ActivePolicy }> {
  const copy = copyPolicy(join(folder, name));
  await copy.dropGoldenCases();
  await copy.addData("envoy", { servers: ["payments"] });
  const file = copy.file("envoy/authz/policy.rego");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, rego);
  const { policy } = await loadPolicy(await readSources(copy.dir), "none", systemClock);
  return { file, policy };
}

/** The call as the gateway describes it. Nothing else of the library speaks for it or against it. */
function ask(policy: ActivePolicy, call: Call): Decision {
  const { subject, action, resource, context, ...rest } = selfTestInput("call") as Record<string, JsonObject>;
  const properties = (of: JsonObject | undefined): JsonObject => of?.["properties"] as JsonObject;
  const document = {
    ...rest,
    subject: { ...subject, id: "refund-bot", properties: { ...properties(subject), claims: call.claims } },
    action: { ...action, properties: { ...properties(action), method: call.method } },
    resource: {
      ...resource,
      id: "payments/get_order",
      properties: {
        ...properties(resource),
        server: "payments",
        tool: "get_order",
        request: {
          host: "payments.example",
          path: `/${call.segments.join("/")}`,
          segments: call.segments,
          query: call.query,
          headers: {},
        },
        catalog: {
          ...(properties(resource)["catalog"] as JsonObject),
          known: true,
          sensitivity: "low",
          reversible: true,
          mutates: true,
          sink: "internal",
        },
      },
    },
    context: { ...context, arguments: call.arguments },
  };
  return decide(policy, inputOf(document));
}

/** What OPA itself answers when Envoy's plugin asks it, with the token that Envoy would have passed on. */
async function askOpaAsEnvoyDoes(file: string, name: string, call: Call): Promise<boolean> {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const query = call.query.map((pair) => pair.join("=")).join("&");
  const path = `/${call.segments.join("/")}${query === "" ? "" : `?${query}`}`;
  const authorization = `Bearer ${encode({ alg: "HS256", typ: "JWT" })}.${encode(call.claims)}.c2lnbmF0dXJl`;
  const checkRequest = {
    attributes: { request: { http: { method: call.method, path, headers: { authorization } } } },
    parsed_path: call.segments,
    parsed_query: Object.fromEntries(call.query.map(([key, value]) => [key, [value]])),
    parsed_body: call.arguments,
  };
  const input = join(folder, `${name}-input.json`);
  await writeFile(input, JSON.stringify(checkRequest));
  const args = ["eval", "--data", file, "--input", input, "--format", "json", "x := data.envoy.authz.allow"];
  const { stdout } = await promisify(execFile)(opa, args);
  const answer = (JSON.parse(stdout) as { result: { bindings: { x: unknown } }[] }).result[0]?.bindings.x;
  return answer === true || (answer as { allowed?: unknown }).allowed === true;
}

const shapes = { "a boolean": byMethodAndPath, "an object": withAnObject, "a decoded token": withAToken };

test.each(Object.entries(shapes))("answers as OPA does under Envoy: %s", async (name, rego) => {
  const { file, policy } = await withPolicy(name.replaceAll(" ", "-"), rego);
  const answers: Record<string, string> = {};
  for (const [what, call] of Object.entries(calls)) {
    const allowed = await askOpaAsEnvoyDoes(file, name.replaceAll(" ", "-"), call);
    expect({ what, effect: ask(policy, call).effect }).toEqual({ what, effect: allowed ? "allow" : "deny" });
    answers[what] = allowed ? "allow" : "deny";
  }
  // Cases that all end alike would prove nothing.
  expect(new Set(Object.values(answers))).toEqual(new Set(["allow", "deny"]));
});

test("gives the policy's own words as the reason", async () => {
  const { policy } = await withPolicy("words", withAnObject);
  expect(ask(policy, calls["a large refund"] as Call)).toMatchObject({
    effect: "deny",
    reasons: expect.arrayContaining([
      expect.objectContaining({
        code: "ENVOY_DENIED",
        rule: "envoy/authz",
        message: "The OPA-Envoy policy does not allow the request: only small refunds (status 403)",
      }),
    ]),
  });
});
