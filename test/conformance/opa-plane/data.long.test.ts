/** OPA's Data API, asked of a real `opa run` and of a gateway that have the same bundle from the same kind of server. */
import { opaBuilt } from "../../support/bundles/opa-built.ts";
import { eventually } from "../../support/eventually.ts";
import type { TestGateway } from "../../support/start-gateway.ts";
import { type Client, dataToken, gatewayClient, opaClient } from "./support/clients.ts";

const rego = `package shapes

import rego.v1

default allow := false

allow if input.role in data.shapes.roles

deny contains sprintf("%s may not", [input.role]) if not allow

deny contains "no role" if not input.role

letters := {"b", "a", {"z", "y"}, 3, [2, 1]}

nested := {"sets": {1, {2, 3}}, "list": [{"x"}, null, true], "": "empty"}

keyed := {1: "one", true: "yes", [1, 2]: "list", {"s"}: "set", null: "nothing"}

figures := [12345678901234567890123, 0.1, 1e3, -0, input.big]

texts := ["\\u2028 <&> \\"", "ü 🦊", input.text]

echo := input

never if false

partly[name] := value if {
	some name, value in input.members
}

conflict := 1 if input.role

conflict := 2 if input.role

now_is_late if time.now_ns() > 1700000000000000000

heavy := count([1 | some x in numbers.range(1, 1000); some y in numbers.range(1, 1000); x < y])
`;

const paths = [
  ...[
    "allow",
    "deny",
    "letters",
    "nested",
    "keyed",
    "figures",
    "texts",
    "echo",
    "never",
    "partly",
    "conflict",
    "heavy",
  ].map((name) => `shapes/${name}`),
  ...["shapes/now_is_late", "shapes/roles", "shapes/owner/name", "shapes/owner/nothing", "plain", "nowhere/at/all"],
];

const clients: Client[] = [];
let gateway: TestGateway;
beforeAll(async () => {
  const data = JSON.stringify({
    roles: ["editor", "owner"],
    owner: { name: "acme", since: 12345678901234567890n.toString() },
  });
  const bytes = await opaBuilt({
    "shapes/shapes.rego": rego,
    "shapes/data.json": data,
    "plain/data.json": '{"a":[1,{}]}',
  });
  const polling = { min_delay_seconds: 1, max_delay_seconds: 1 };
  const script = Array(200).fill({ bytes, etag: '"1"' });
  const api = { data_api: { paths, clients: { checkout: { token: dataToken } }, roles: ["operator"] } };
  const own = await gatewayClient(polling, script, api);
  gateway = own.gateway;
  clients.push(await opaClient(polling, script), own);
  for (const client of clients)
    await eventually("it is ready", async () => ((await client.ask("/health?plugins")).status === 200 ? true : null));
}, 90_000);
afterAll(() => Promise.all(clients.map((client) => client.stop())));

const inputs = [
  '{"role":"editor","text":"x","big":1,"members":{"a":1,"b":[2]}}',
  '{"role":"guest","text":"\\ud83e\\udd8a","big":98765432109876543210987654321,"members":{}}',
  "{}",
  "[1,2.50,1e400]",
  '"text"',
  "7",
  "true",
];

/** Without the id of the decision, which OPA gives only where decisions are logged, and with the escapes that Go adds for HTML read. */
function comparable({ status, text }: { readonly status: number; readonly text: string }): object {
  const id = /"decision_id":"d_[\w-]+",?/.exec(text);
  const plain = text
    .trim()
    .replace(id?.[0] ?? "", "")
    .replace(/,}$/, "}");
  return {
    status,
    text: plain.replace(/\\u(2028|2029|003c|003e|0026)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
  };
}

async function answers(path: string, body?: string): Promise<object[]> {
  const told = await Promise.all(clients.map((client) => client.ask(path, body)));
  expect((told[1]?.body as { readonly decision_id?: string }).decision_id).toMatch(/^d_/);
  return told.map(comparable);
}

test.each(paths.filter((path) => !/conflict|heavy/.test(path)))(
  "answers %s as opa does, for every kind of input",
  async (path) => {
    for (const input of inputs) {
      const [opas, own] = await answers(`/v1/data/${path}`, `{"input":${input}}`);
      expect({ input, ...own }).toEqual({ input, ...opas });
      const [opasGet, ownGet] = await answers(`/v1/data/${path}?input=${encodeURIComponent(input)}`);
      expect({ input, ...ownGet }).toEqual({ input, ...opasGet });
    }
    for (const body of ["", "{}", '{"input":null}']) {
      const [opas, own] = await answers(`/v1/data/${path}`, body);
      expect({ body, ...own }).toEqual({ body, ...opas });
    }
    const [opas, own] = await answers(`/v1/data/${path}`);
    expect(own).toEqual(opas);
  },
  60_000,
);

test("has an error, as opa has, where rules contradict each other", async () => {
  const [opas, own] = await Promise.all(
    clients.map((one) => one.ask("/v1/data/shapes/conflict", `{"input":${inputs[0]}}`)),
  );
  expect(opas).toMatchObject({ status: 500, body: { code: "internal_error" } });
  expect(own?.body).toEqual({ code: "policy_conflict", message: expect.any(String) });
  expect(own?.status).toBe(503);
});

const authorization = "Bearer demo-payments-key";
const url = (path: string): string => `${gateway.console}/v1/data/${path}`;
const deep = `{"input":${"[".repeat(80)}${"]".repeat(80)}}`;
const many = `{"input":{${Array.from({ length: 1_001 }, (_, index) => `"k${index}":1`).join(",")}}}`;

test.each<[string, string, RequestInit, number, string]>([
  ["nobody", "shapes/allow", { headers: {} }, 401, "session_required"],
  ["another token", "shapes/allow", { headers: { authorization: "Bearer demo-payments-kez" } }, 401, "token_invalid"],
  [
    "a token of another scheme",
    "shapes/allow",
    { headers: { authorization: "Basic demo-payments-key" } },
    401,
    "token_invalid",
  ],
  ["no token", "shapes/allow", { headers: { authorization: "Bearer " } }, 401, "token_invalid"],
  ["a path that is not named", "shapes/other", {}, 404, "resource_unknown"],
  ["what holds what is named", "shapes", {}, 404, "resource_unknown"],
  ["the decision of calls", "sallyport/main/decision", {}, 404, "resource_unknown"],
  ["the package of what is asked", "sallyport/asked", {}, 404, "resource_unknown"],
  ["a path with dots", "shapes/x/../allow/..%2f", {}, 404, "resource_unknown"],
  ["everything", "", {}, 404, "resource_unknown"],
  ["another method", "shapes/allow", { method: "PUT", body: "{}" }, 404, "resource_unknown"],
  ["an option", "shapes/allow?explain=full", {}, 400, "parameter_invalid"],
  ["two inputs", "shapes/allow?input=1&input=2", {}, 400, "parameter_invalid"],
  ["an input that ends early", "shapes/allow?input=1%2C%22input%22%3A2", {}, 400, "json_duplicate_key"],
  ["no JSON", "shapes/allow", { method: "POST", body: "{" }, 400, "json_invalid"],
  ["a key twice", "shapes/allow", { method: "POST", body: '{"input":{"a":1,"a":2}}' }, 400, "json_duplicate_key"],
  ["a misspelt member", "shapes/allow", { method: "POST", body: '{"inptu":{}}' }, 400, "parameter_invalid"],
  ["no object", "shapes/allow", { method: "POST", body: "[]" }, 400, "parameter_invalid"],
  ["too deep an input", "shapes/allow", { method: "POST", body: deep }, 400, "json_too_deep"],
  ["too many keys", "shapes/allow", { method: "POST", body: many }, 400, "json_too_many_keys"],
  [
    "too large a body",
    "shapes/allow",
    { method: "POST", body: `{"input":"${"x".repeat(300_000)}"}` },
    413,
    "body_too_large",
  ],
  ["a rule that takes too long", "shapes/heavy", {}, 503, "policy_out_of_fuel"],
])("refuses %s", async (_what, path, init, status, code) => {
  const answer = await fetch(url(path), { headers: { authorization }, ...init });
  expect({ status: answer.status, body: await answer.json() }).toEqual({
    status,
    body: { code, message: expect.any(String) },
  });
  // What was refused took nothing from those that follow.
  expect((await clients[1]?.ask("/v1/data/shapes/owner/name"))?.body).toMatchObject({ result: "acme" });
});

test("answers a signed-in person with a role, with the token of their session, and says who asked in the log", async () => {
  const approver = await gateway.approver();
  expect(await approver.get("/v1/data/shapes/owner/name")).toMatchObject({ result: "acme" });
  const answer = (await approver.post("/v1/data/shapes/allow", { input: { role: "owner" } })) as {
    decision_id: string;
  };
  expect(answer).toMatchObject({ result: true });
  await gateway.told(answer.decision_id);
  await gateway.told(/"asker":"user approver"/);
  await gateway.told(/"asker":"client checkout"/);
  expect(gateway.output()).not.toContain("demo-payments-key");
});
