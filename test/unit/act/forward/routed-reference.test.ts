import { routedReference } from "../../../../gateway/act/forward/routed-reference.ts";
import { route, toolCall } from "../../../support/builders.ts";

function referenceOf(value: string, prefix: string, upstreamPrefix: string): string | null {
  const base = route();
  const upstream = { ...base.upstream, origin: "https://tools.example" };
  const { request } = toolCall();
  const to = { ...base, prefix, upstreamPrefix, upstream };
  return routedReference(value, { route: to, request: { ...request, target: `${upstreamPrefix}/v1/refunds?dry=1` } });
}

test.each([
  ["https://tools.example/api/v1/r-1?a=b#c", "/pay", "/api", "/pay/v1/r-1?a=b#c"],
  ["HTTPS://TOOLS.EXAMPLE:443/api", "/pay", "/api", "/pay"],
  ["https://somebody@tools.example/api/x", "/pay", "/api", "/pay/x"],
  ["//tools.example/api/x", "/pay", "/api", "/pay/x"],
  ["/api/", "/pay", "/api", "/pay/"],
  ["r-1", "/pay", "/api", "/pay/v1/r-1"],
  ["?page=2", "/pay", "/api", "/pay/v1/refunds?page=2"],
  ["/x", "/", "/", "/x"],
  ["/x", "/pay", "/", "/pay/x"],
  ["/api/x", "/", "/api", "/x"],
  ["/approvals/a_1", "/pay", "/", "/pay/approvals/a_1"],
])("rewrites %s on a route %s → %s to %s", (value, prefix, upstreamPrefix, expected) => {
  expect(referenceOf(value, prefix, upstreamPrefix)).toBe(expected);
});

test.each([
  ["another origin", "https://elsewhere.example/api/x", "/pay", "/api"],
  ["another scheme", "http://tools.example/api/x", "/pay", "/api"],
  ["another port", "https://tools.example:8443/api/x", "/pay", "/api"],
  ["another host without a scheme", "//elsewhere.example/api/x", "/pay", "/api"],
  ["another host by backslashes", "\\\\elsewhere.example/api/x", "/pay", "/api"],
  ["no address", "https://", "/pay", "/api"],
  ["a script", "javascript:alert(1)", "/pay", "/api"],
  ["a folder beside the route's", "/apix/y", "/pay", "/api"],
  ["a way out of the route's folder", "/api/../admin", "/pay", "/api"],
  ["the same in escapes", "/api/%2e%2e/admin", "/pay", "/api"],
  ["a path that would name a host", "https://tools.example//elsewhere.example/x", "/", "/"],
  ["the same below a prefix", "/api//elsewhere.example", "/", "/api"],
  ["an approval of the gateway", "/approvals/a_1", "/", "/"],
  ["an approval of the gateway, below a prefix", "/api/approvals/a_1", "/", "/api"],
  ["the gateway's metadata", "/.well-known/oauth-protected-resource", "/", "/"],
])("withholds %s", (_what, value, prefix, upstreamPrefix) => {
  expect(referenceOf(value, prefix, upstreamPrefix)).toBeNull();
});
