import { canonicalPath } from "../../../../gateway/parse/target/path.ts";
import { routeMap, upstreamPath, upstreamSegments } from "../../../../gateway/parse/target/route-map.ts";
import { route } from "../../../support/builders.ts";
import { slowdown } from "../../../support/slowdown.ts";

const at = (id: string, host: string, prefix: string) => route({ id, host, prefix });
const map = routeMap([
  at("all", "*", "/"),
  at("pay", "*", "/payments"),
  at("admin", "*", "/payments/admin"),
  at("own", "api.example", "/payments"),
]);
const found = (host: string, path: string): string | undefined => map.find(host, path)?.id;

test("finds the longest prefix at a segment border", () => {
  expect(found("x", "/payments/v1")).toBe("pay");
  expect(found("x", "/payments")).toBe("pay");
  expect(found("x", "/payments/admin/keys")).toBe("admin");
  expect(found("x", "/paymentsadmin")).toBe("all");
  expect(found("x", "/payments/administrator")).toBe("pay");
  expect(found("x", "/")).toBe("all");
});

test("prefers routes of the exact host and falls back to those of any host", () => {
  expect(found("api.example", "/payments/admin")).toBe("own");
  expect(found("api.example", "/crm")).toBe("all");
});

test("never matches a part of a host", () => {
  const strict = routeMap([at("own", "api.example", "/")]);
  expect(strict.find("evilapi.example", "/")).toBeNull();
  expect(strict.find("api.example.evil", "/")).toBeNull();
  expect(strict.find("api.example:8080", "/")).toBeNull();
});

test("takes no longer with ten thousand routes than with ten", async () => {
  const routes = (count: number) =>
    routeMap(Array.from({ length: count }, (_, index) => at(`r${index}`, "*", `/servers/s${index}`)));
  const lookUp = (table: ReturnType<typeof routeMap>) => (): void => {
    for (let index = 0; index < 10_000; index++) table.find("x", "/servers/s7/v1/orders");
  };
  expect(await slowdown(lookUp(routes(10_000)), lookUp(routes(10)), 4)).toBeLessThan(4);
});

test.each([
  ["/payments", "/", "/payments/v1/orders", "/v1/orders"],
  ["/payments", "/", "/payments", "/"],
  ["/payments", "/api/v2", "/payments/v1", "/api/v2/v1"],
  ["/payments", "/api", "/payments/", "/api/"],
  ["/", "/base", "/v1", "/base/v1"],
  ["/payments", "/payments", "/payments/v1", "/payments/v1"],
])("rewrites %s to %s: %s becomes %s", (prefix, upstreamPrefix, path, sent) => {
  const rewritten = route({ prefix, upstreamPrefix });
  const { segments } = canonicalPath(path);
  expect(upstreamPath(rewritten, path, upstreamSegments(rewritten, segments))).toBe(sent);
});

test("refuses two routes with the same host and prefix, and a prefix that is not canonical", () => {
  expect(() => routeMap([at("a", "*", "/x"), at("b", "*", "/x/")])).toThrow("two routes for host * and prefix /x");
  expect(() => routeMap([at("a", "*", "/%41")])).toThrow("write /A");
  expect(() => routeMap([at("a", "*", "/a//b")])).toThrow();
});
