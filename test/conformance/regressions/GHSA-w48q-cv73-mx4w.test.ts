/**
 * A web page's own host name was made to resolve to the local machine (DNS rebinding), and an MCP server there answered it,
 * since it looked at neither Host nor Origin. Here: an Origin that the route does not list is refused whatever its host
 * resolves to, and a route with a host answers to no other name.
 */
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([
    route({
      id: "crm",
      host: "localhost:8080",
      prefix: "/crm",
      protocol: "mcp",
      server: "crm",
      methods: new Set(["GET", "POST", "DELETE"]),
      origins: ["https://app.example"],
    }),
  ]);
});
afterAll(() => parser.close());

const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const ask = (...headers: string[]) =>
  parser.ask({ target: "/crm", headers: ["Content-Type: application/json", ...headers], body });

test.each([
  "http://evil.example",
  "http://localhost:8080",
  "null",
  "https://app.example.evil.example",
  "https://app.example, https://evil.example",
  "HTTPS://APP.EXAMPLE",
  "",
])("refuses the origin %j", async (origin) => {
  expect((await ask("Host: localhost:8080", `Origin: ${origin}`)).refusal?.code).toBe("origin_refused");
});

test.each(["GET", "DELETE"])("refuses a foreign origin on %s too", async (method) => {
  const { refusal } = await parser.ask({
    method,
    target: "/crm",
    headers: ["Host: localhost:8080", "Origin: http://evil.example"],
  });
  expect(refusal?.code).toBe("origin_refused");
});

test("finds no route for a rebound host name", async () => {
  expect((await ask("Host: evil.example:8080")).refusal?.code).toBe("route_unknown");
});

test("answers the listed origin, and callers that are no browsers", async () => {
  expect((await ask("Host: localhost:8080", "Origin: https://app.example")).call?.action).toBe("tools/list");
  expect((await ask("Host: localhost:8080")).call?.action).toBe("tools/list");
});
