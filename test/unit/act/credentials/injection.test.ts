import {
  inject,
  type NamedCredential,
  noInjection,
  planInjection,
  withoutInjection,
} from "../../../../gateway/act/credentials/injection.ts";
import type { InjectionPlace, RequestToSign } from "../../../../gateway/domain/ports.ts";
import { digested, type ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { route, toolCall } from "../../../support/builders.ts";

const header = (name: string): InjectionPlace => ({ in: "header", name });
const query = (name: string): InjectionPlace => ({ in: "query", name });
const body = (pointer: string): InjectionPlace => ({ in: "body", pointer });

function credential(...places: InjectionPlace[]): NamedCredential {
  const inject = places.map((place, at) => ({ place, value: `secret ${at}/&"` }));
  return { name: "crm", inject, secrets: ["secret"], expiresAt: null };
}

function callWith(text: string | null, changes: Partial<ToolCall["request"]> = {}): ToolCall {
  const bytes = Buffer.from(text ?? "");
  const type = text === null ? null : "application/json";
  const request = { ...toolCall().request, ...digested("POST", "/v1/refunds", type, bytes), body: bytes };
  return toolCall({ request: { ...request, ...changes }, arguments: {} });
}

function outgoing(call: ToolCall) {
  const { method, target, origin, body: bytes, headers } = call.request;
  return { method, origin, path: target, headers: headers.flat(), body: bytes.length === 0 ? null : bytes };
}

test("adds a header, a parameter and members of the body, and nothing else", () => {
  const call = callWith('{"amount":1,"auth":{}}');
  const places = [header("X-Key"), query("api key"), body("/token"), body("/auth/a"), body("/auth/b")];
  const plan = planInjection(call, [credential(...places)]);
  const { request, secrets } = inject(outgoing(call), plan);
  expect(request.headers.slice(2)).toEqual(["x-key", 'secret 0/&"', "accept-encoding", "identity"]);
  expect(request.path).toBe("/v1/refunds?api%20key=secret%201%2F%26%22");
  expect(JSON.parse(String(request.body))).toEqual({
    token: 'secret 2/&"',
    amount: 1,
    auth: { a: 'secret 3/&"', b: 'secret 4/&"' },
  });
  expect(secrets).toEqual([["secret"]]);
  const judged = withoutInjection(request, plan);
  expect([judged.path, String(judged.body)]).toEqual(["/v1/refunds", '{"amount":1,"auth":{}}']);
});

test("appends to a query that is there", () => {
  const call = callWith(null, { target: "/v1/refunds?a=1", query: [["a", "1"]] });
  const { request } = inject(outgoing(call), planInjection(call, [credential(query("key"))]));
  expect(request.path).toBe("/v1/refunds?a=1&key=secret%200%2F%26%22");
});

test("leaves a request without a credential as it is", () => {
  const judged = outgoing(callWith("{}"));
  expect(planInjection(callWith("{}"), [])).toBe(noInjection);
  expect(inject(judged, noInjection)).toEqual({ request: judged, secrets: [] });
});

test.each([
  ["a header that the call has", callWith("{}", { headers: [["x-key", "theirs"]] }), [header("X-Key")]],
  ["a header that the gateway sets", callWith("{}"), [header("Content-Type")]],
  ["a header of the gateway's own", callWith("{}"), [header("Sallyport-Subject")]],
  ["a parameter that the call has", callWith("{}", { query: [["key", "1"]] }), [query("key")]],
  ["a parameter that the call has in other case", callWith("{}", { query: [["KEY", "1"]] }), [query("key")]],
  ["a parameter that the call has parts of", callWith("{}", { query: [["key[a]", "1"]] }), [query("key")]],
  ...["api.key", " api_key", "api_key ", "api[key", "API.Key[0]"].map(
    (name) =>
      [
        `a parameter that a server reads as the same name (${name})`,
        callWith("{}", { query: [[name, "1"]] }),
        [query("api_key")],
      ] as [string, ToolCall, InjectionPlace[]],
  ),
  ["a parameter that is an argument", toolCall({ arguments: { Key: 1 } }), [query("key")]],
  ["a member that the body has", callWith('{"token":1}'), [body("/token")]],
  ["a member that the body has in other case", callWith('{"Token":1}'), [body("/token")]],
  ["a member of no object", callWith('{"a":[]}'), [body("/a/token")]],
  ["a member of no body", callWith(null), [body("/token")]],
  ["a member of another type", callWith("{}", { contentType: "text/plain" }), [body("/token")]],
  ["two places that are one header", callWith("{}"), [header("x-key"), header("X-KEY")]],
  ["two places that are one parameter", callWith("{}"), [query("key"), query("KEY")]],
  ["two places that are one member", callWith("{}"), [body("/key"), body("/Key")]],
])("refuses %s", (_what, call, places) => {
  expect(() => planInjection(call, [credential(...places)])).toThrow(
    expect.objectContaining({ code: "credential_conflict", status: 403 }) as Error,
  );
});

test("refuses a member of a body that policy did not read", () => {
  const call = callWith("{}");
  const unread = { ...call, route: route({ body: { ...route().body, policy: "omit" } }) };
  expect(() => planInjection(unread, [credential(body("/token"))])).toThrow(
    expect.objectContaining({ code: "credential_conflict" }) as Error,
  );
});

test("refuses a value that would end its header", () => {
  const split = { ...credential(), inject: [{ place: header("x-key"), value: "a\r\nx: y" }] };
  expect(() => planInjection(callWith("{}"), [split])).toThrow(
    expect.objectContaining({ code: "credential_conflict" }) as Error,
  );
});

describe("a scheme that signs the whole request", () => {
  const signing = (adds: string[], headers: string[], seen: RequestToSign[] = []): NamedCredential => ({
    ...credential(header("x-token")),
    sign: { adds, of: (request) => (seen.push(request), { headers, secrets: ["signature"] }) },
  });

  it("signs what will be sent, injected parts included", () => {
    const call = callWith("{}");
    const seen: RequestToSign[] = [];
    const plan = planInjection(call, [
      signing(["authorization"], ["authorization", "sig"], seen),
      credential(query("k")),
    ]);
    const { request, secrets } = inject(outgoing(call), plan);
    expect(seen).toMatchObject([{ method: "POST", target: request.path, origin: "http://127.0.0.1:1" }]);
    expect(request.headers.slice(-2)).toEqual(["authorization", "sig"]);
    expect(secrets.flat()).toContain("signature");
  });

  it("is refused before it is sent when the call has a header that it adds", () => {
    const call = callWith("{}", { headers: [["x-amz-date", "1"]] });
    expect(() => planInjection(call, [signing(["x-amz-date"], [])])).toThrow(
      expect.objectContaining({ hint: "header x-amz-date" }) as Error,
    );
  });

  it("is refused when it adds what it did not announce", () => {
    const call = callWith("{}");
    const plan = planInjection(call, [signing(["authorization"], ["accept", "text/html"])]);
    expect(() => inject(outgoing(call), plan)).toThrow(
      expect.objectContaining({ hint: "header accept was not announced" }) as Error,
    );
  });
});
