import { isInterned } from "../../../../gateway/lib/json.ts";
import { routeMap } from "../../../../gateway/parse/target/route-map.ts";
import { addressReader, readTarget } from "../../../../gateway/parse/target/target.ts";
import { route } from "../../../support/builders.ts";
import { codeOf } from "../../../support/parser.ts";

describe("a request target", () => {
  test("is read as path, query and host", () => {
    expect(readTarget("/v1/orders?a=1&b=", "Gateway.Example:8080", false)).toEqual({
      path: "/v1/orders",
      segments: ["v1", "orders"],
      query: [
        ["a", "1"],
        ["b", ""],
      ],
      repeated: [],
      host: "gateway.example:8080",
    });
  });

  test.each([
    ["gateway.example:80", false, "gateway.example"],
    ["gateway.example:443", true, "gateway.example"],
    ["gateway.example:443", false, "gateway.example:443"],
    ["[::1]:8700", false, "[::1]:8700"],
  ])("has no default port in its host: %s", (host, encrypted, read) => {
    expect(readTarget("/", host, encrypted).host).toBe(read);
  });

  test.each([
    null,
    "",
    "user@gateway.example",
    "a..b",
    "gateway.example:0",
    "gateway.example:65536",
    "gateway.example,other.example",
    "-a",
  ])("is refused under the Host %j", (host) => {
    expect(codeOf(() => readTarget("/", host, false))).toBe("header_refused");
  });

  test("may be a whole URL of the same host, which says no more than its path", () => {
    const origin = readTarget("/v1?a=1", "gateway.example", false);
    expect(readTarget("http://GATEWAY.example:80/v1?a=1", "gateway.example", false)).toEqual(origin);
    expect(readTarget("http://gateway.example", "gateway.example", false).path).toBe("/");
    expect(readTarget("https://gateway.example/v1", "gateway.example", true).path).toBe("/v1");
  });

  test.each([
    ["another host", "http://other.example/v1"],
    ["another scheme", "https://gateway.example/v1"],
    ["no scheme of the web", "ftp://gateway.example/v1"],
    ["no path at all", "*"],
    ["a fragment", "/v1#a"],
  ])("is refused with %s", (_what, url) => {
    expect(codeOf(() => readTarget(url, "gateway.example", false))).toBe("path_ambiguous");
  });
});

describe("the addresses of requests", () => {
  const pay = route({ id: "pay", prefix: "/pay", upstreamPrefix: "/api" });
  const own = route({ id: "own", host: "own.example", prefix: "/pay", upstreamPrefix: "/pay" });
  const addressOf = addressReader(routeMap([pay, own]));

  test("lead to a route, and below its upstream's prefix with the query as it is sent", () => {
    const address = addressOf("/pay/v1?a=1", "gateway.example", false);
    expect(address.route).toBe(pay);
    expect(address.upstream).toMatchObject({ path: "/api/v1", segments: ["api", "v1"], target: "/api/v1?a=1" });
    expect(address.document).toEqual({
      host: "gateway.example",
      headers: {},
      path: "/api/v1",
      segments: ["api", "v1"],
      query: [["a", "1"]],
    });
    expect(addressOf("/pay/v1", "own.example", false)).toMatchObject({ route: own, upstream: { target: "/pay/v1" } });
  });

  test("lead nowhere where there is no route, and have no document then", () => {
    const { route: none, document } = addressOf("/crm", "gateway.example", false);
    expect([none, document]).toEqual([null, {}]);
  });

  test("are read once for each target, host and TLS, and anew for others", () => {
    const first = addressOf("/pay/v2", "gateway.example", false);
    expect(isInterned(first.document)).toBe(false);
    expect(addressOf("/pay/v2", "gateway.example", false)).toBe(first);
    expect(isInterned(first.document)).toBe(true);
    expect(addressOf("/pay/v2", "own.example", false).route).toBe(own);
    expect(addressOf("/pay/v2", "gateway.example", true)).not.toBe(first);
  });

  test("that are long are read each time", () => {
    const long = `/pay/${"a".repeat(600)}`;
    expect(addressOf(long, "gateway.example", false)).not.toBe(addressOf(long, "gateway.example", false));
  });
});
