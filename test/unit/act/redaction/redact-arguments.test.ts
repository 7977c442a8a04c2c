import { argumentRedaction, isRedacted } from "../../../../gateway/act/redaction/redact-arguments.ts";
import type { Refusal } from "../../../../gateway/domain/errors.ts";
import type { Redaction } from "../../../../gateway/domain/result.ts";
import type { ToolCall } from "../../../../gateway/domain/tool-call.ts";
import { decision, evaluated, route } from "../../../support/builders.ts";
import { findWords } from "../../../support/find-words.ts";
import {
  call as mcpTool,
  message,
  mirrored,
  modern,
  type McpParser,
  startMcpParser,
} from "../../../support/mcp-parser.ts";
import { type Ask, type Heard, type Parser, startParser } from "../../../support/parser.ts";

const find = findWords({ email: /[a-z]+@[a-z.]+/g, card: /4111[0-9]+/g });
const email = { detector: "email" } as const;

let http: Parser;
let mcp: McpParser;
beforeAll(async () => {
  const accept = ["application/json", "application/x-www-form-urlencoded", "text/plain", "application/jose+json"];
  [http, mcp] = await Promise.all([
    startParser([
      route({ body: { ...route().body, accept } }),
      route({ id: "blind", prefix: "/blind", body: { ...route().body, policy: "omit" } }),
    ]),
    startMcpParser(),
  ]);
});
afterAll(() => Promise.all([http.close(), mcp.close()]));

const post = (body: string, changes: Partial<Ask> = {}) =>
  http.ask({ target: "/payments/v1/refunds", headers: ["Content-Type: application/json"], body, ...changes });

/** What the call is after its redaction, read anew from the changed bytes; null when nothing was there to remove. */
async function changed(
  { exchange, call, refusal }: Heard,
  redactions: readonly Redaction[],
  params: ReadonlyMap<string, readonly string[]> | null = null,
): Promise<{ body: string; call: ToolCall; values: number } | null> {
  if (call === null) throw refusal ?? new Error("nothing was read");
  const rewrite = argumentRedaction({ find, definitions: { mirrored: async () => params } });
  const obligations = [{ type: "redact_arguments", redactions }] as const;
  const rewriting = await rewrite(exchange, evaluated({ call, decision: decision({ obligations }) }));
  if (rewriting === null) return null;
  rewriting.apply(exchange);
  const parser = call.mcp === null ? http : mcp;
  return { body: String(exchange.body), call: await parser.parse(exchange), values: rewriting.values };
}

const code = (promise: Promise<unknown>) => promise.then(String, ({ code, hint }: Refusal) => `${code}: ${hint}`);

test("removes what is named from a JSON body and leaves the rest, its numbers digit by digit", async () => {
  const heard = await post(
    '{"card":{"number":"4111111111111111","holder":"Ada"},"amount":120.00,"big":1.50e3,"to":["ada@a.example"],"cvc":123}',
  );
  const now = await changed(heard, [{ pointer: "/card/number" }, { pointer: "/cvc" }, email, { pattern: "^Ada$" }]);
  expect(now?.body).toBe(
    '{"card":{"number":"[redacted]","holder":"[redacted]"},"amount":120.00,"big":1.50e3,"to":["[redacted]"],"cvc":null}',
  );
  expect(now?.values).toBe(4);
  expect(now?.call.arguments["card"]).toEqual({ number: "[redacted]", holder: "[redacted]" });
  expect(now?.call.request.body.toString()).toBe(now?.body);
  expect(now?.call.request.digest).not.toBe(heard.call?.request.digest);
});

test("leaves a call alone in which nothing is left to remove", async () => {
  expect(
    await changed(await post('{"card":"[redacted]","n":null}'), [{ pointer: "/card" }, { pointer: "/n" }]),
  ).toBeNull();
  expect(await changed(await post('{"card":"4"}'), [{ pointer: "/nothere" }, email])).toBeNull();
  expect(await changed(await post('{"text":"[redacted] [redacted]"}'), [{ pattern: "[a-z]{6,}" }])).toBeNull();
});

test("removes from a bare value as from its member body", async () => {
  expect((await changed(await post('["ada@a.example",1.50]'), [email]))?.body).toBe('["[redacted]",1.50]');
  expect((await changed(await post('"ada@a.example"'), [{ pointer: "/body" }]))?.body).toBe('"[redacted]"');
});

const path = "/payments/v1/refunds";
test.each<[string, Ask, string]>([
  [
    "a query",
    { target: `${path}?to=ada%40a.example`, headers: ["Content-Type: application/json"], body: "{}" },
    "(to)",
  ],
  [
    "a form",
    { target: path, headers: ["Content-Type: application/x-www-form-urlencoded"], body: "to=ada%40a.example" },
    "(to)",
  ],
  ["a text", { target: path, headers: ["Content-Type: text/plain"], body: "ada@a.example" }, "text/plain"],
  [
    "a body that the route keeps from policy",
    { target: "/blind/v1/refunds", headers: ["Content-Type: application/json"], body: '{"to":"ada@a.example"}' },
    "application/json",
  ],
  [
    "a body beside its digest",
    {
      target: path,
      headers: ["Content-Type: application/json", "Content-Digest: sha-256=:x:"],
      body: '{"to":"ada@a.example"}',
    },
    "content-digest",
  ],
  [
    "a body beside a signature of it",
    {
      target: path,
      headers: ["Content-Type: application/json", "X-Hub-Signature-256: x"],
      body: '{"to":"ada@a.example"}',
    },
    "x-hub-signature-256",
  ],
  [
    "a signed body",
    { target: path, headers: ["Content-Type: application/jose+json"], body: '{"payload":"ada@a.example"}' },
    "application/jose+json",
  ],
])("refuses by name %s", async (_what, request, named) => {
  const refused = await code(changed(await http.ask({ method: "POST", ...request }), [email]));
  expect(refused).toMatch(/^redaction_refused: /);
  expect(refused).toContain(named);
});

test("a digest of the body is no obstacle where nothing is removed", async () => {
  const headers = ["Content-Type: application/json", "Content-Digest: sha-256=:x:"];
  expect(await changed(await post('{"to":"nobody"}', { headers }), [email])).toBeNull();
});

describe("a message of MCP", () => {
  const args = (given: object) => ({ params: { ...mcpTool, arguments: given } }) as never;

  it("loses what is named in its arguments, and nothing of the frame", async () => {
    const heard = await mcp.send(
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read_customer","arguments":{"to":"ada@a.example","n":1.50}}}',
    );
    expect((await changed(heard, [email]))?.body).toBe(
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read_customer","arguments":{"to":"[redacted]","n":1.50}}}',
    );
  });

  it("is refused when what is looked for stands beside the arguments", async () => {
    const heard = await mcp.send(message({ params: { ...mcpTool, _meta: { "x/contact": "ada@a.example" } } as never }));
    expect(await code(changed(heard, [email]))).toBe("redaction_refused: a param beside the arguments");
    expect(await changed(heard, [{ pointer: "/customer_id" }])).toMatchObject({ values: 1 });
  });

  it("loses it in what a person answers to a question of the tool server, too", async () => {
    const heard = await mcp.send({
      jsonrpc: "2.0",
      id: 3,
      result: { action: "accept", content: { mail: "ada@a.example" } },
    });
    expect((await changed(heard, [email]))?.body).toBe(
      '{"jsonrpc":"2.0","id":3,"result":{"action":"accept","content":{"mail":"[redacted]"}}}',
    );
  });

  it("has headers that repeat what is left of the arguments", async () => {
    const params = new Map([
      ["mcp-param-to", ["to"]],
      ["mcp-param-n", ["n"]],
      ["mcp-param-region", ["region"]],
      ["mcp-param-wrong", ["wrong"]],
    ]);
    const given = args({ to: "ada@a.example", n: 4111, region: "eu", wrong: "ada@a.example" }) as { params: object };
    const heard = await mcp.send(
      modern({ params: { ...given.params, _meta: (modern()["params"] as { _meta: object })._meta } as never }),
      ...[
        ...mirrored,
        "Mcp-Param-To: ada@a.example",
        "Mcp-Param-N: 4111",
        "Mcp-Param-Region: eu",
        "Mcp-Param-Wrong: no",
      ],
    );
    const now = await changed(heard, [email, { pointer: "/n" }], params);
    expect(now?.call.request.headers.filter(([name]) => name.startsWith("mcp-param-"))).toEqual([
      ["mcp-param-to", "[redacted]"],
      ["mcp-param-region", "eu"],
      ["mcp-param-wrong", "no"],
    ]);
  });
});

test("a call counts as redacted only when policy can see that nothing is left", async () => {
  const { call } = await post('{"to":"ada@a.example"}');
  const known = call as ToolCall;
  expect(isRedacted(known, [email], find)).toBe(false);
  expect(isRedacted(known, [{ detector: "card" }], find)).toBe(true);
  expect(isRedacted({ ...known, argumentsOmitted: true }, [{ detector: "card" }], find)).toBe(false);
});

test("no obligation asks for anything: nothing is read", async () => {
  const { exchange, call } = await post("{}");
  const rewrite = argumentRedaction({ find, definitions: { mirrored: async () => null } });
  expect(rewrite(exchange, evaluated({ call: call as ToolCall }))).toBeNull();
});
