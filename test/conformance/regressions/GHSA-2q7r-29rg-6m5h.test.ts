/**
 * Three advisories of one reverse proxy. `%2E%2E` left the configured base path; GHSA-v2v2-hph8-q5xp: an odd Content-Type
 * skipped body parsing, and the unparsed body was forwarded; GHSA-v574-6498-x57v: a cache key joined origin and path without a
 * border, so one upstream's entry served another. Here: dots are refused, odd types are refused, and routes are looked up by
 * host and prefix apart.
 */
import { route } from "../../support/builders.ts";
import { type Parser, startParser } from "../../support/parser.ts";

let parser: Parser;
beforeAll(async () => {
  parser = await startParser([
    route({ id: "base", prefix: "/base", upstreamPrefix: "/tenants/a", server: "base" }),
    route({ id: "ab", host: "a.b", prefix: "/c", server: "ab" }),
    route({ id: "a", host: "a", prefix: "/b/c", server: "a" }),
  ]);
});
afterAll(() => parser.close());

test.each(["/base/%2E%2E/b", "/base/%2e%2e%2fb", "/base/x/%2E./../b", "/base/.%2e"])(
  "refuses %s, which would leave the base path",
  async (target) => {
    expect((await parser.ask({ target })).refusal?.code).toBe("path_ambiguous");
  },
);

test.each([
  "application/json\t;x",
  "application/json ; charset=utf-8 ; x",
  "application/json;",
  ";application/json",
  "application/json,",
  "APPLICATION/JSONP",
  "application /json",
  "text/json",
])("refuses a body of the odd type %j", async (type) => {
  const { refusal } = await parser.ask({
    target: "/base/x",
    headers: [`Content-Type: ${type}`],
    body: '{"admin":true}',
  });
  expect(["type_refused", "header_refused"]).toContain(refusal?.code ?? "accepted, though nobody read it");
});

test("keeps hosts and prefixes apart that look alike when joined", async () => {
  expect((await parser.ask({ target: "/c", headers: ["Host: a.b"] })).call?.route.id).toBe("ab");
  expect((await parser.ask({ target: "/b/c", headers: ["Host: a"] })).call?.route.id).toBe("a");
  expect((await parser.ask({ target: "/b/c", headers: ["Host: a.b"] })).refusal?.code).toBe("route_unknown");
});
