import { headerReader } from "../../../gateway/parse/headers.ts";
import { codeOf } from "../../support/parser.ts";

const readHeaders = headerReader();
const kept = (...raw: string[]): string[] => readHeaders(["Host", "a", ...raw]).endToEnd.map(([name]) => name);

test.each(
  (
    "X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Uri X-Forwarded-Method X-Forwarded-User X-Forwarded-Client-Cert " +
    "Forwarded X-Real-IP X-Original-URL X-Original-Method X-Original-URI X-Rewrite-URL X-HTTP-Method-Override X-HTTP-Method X-Method-Override " +
    "Sallyport-Subject Sallyport-Decision Sallyport-Anything X-Sallyport-Subject X-Agent-Id Authorization Proxy-Authorization Proxy-Connection " +
    "DPoP Cookie X-Api-Key Client-Cert True-Client-IP CF-Connecting-IP X-Client-IP Remote-User X-Remote-User X-Auth-Request-User X-Envoy-Original-Path " +
    "Proxy X-Http-Proxy HTTP-Proxy Surrogate-Capability Alt-Used traceparent tracestate Accept-Encoding Keep-Alive TE Via X-Accel-Redirect X-Ssl-Client-Verify x_forwarded_for X_Real_IP accept_language __proto__"
  ).split(" "),
)("keeps %s from travelling on, in any case", (name) => {
  expect(kept(name, "1", name.toUpperCase() === name ? "x-other" : "X-Other", "1")).toEqual(["x-other"]);
  expect(kept(name.toUpperCase(), "1")).toEqual([]);
});

test("lets what means something to the tool server travel on, in order", () => {
  expect(
    kept(
      "Accept",
      "application/json",
      "MCP-Protocol-Version",
      "2025-11-25",
      "Mcp-Param-Region",
      "eu",
      "Idempotency-Key",
      "k",
      "X-Custom",
      "1",
    ),
  ).toEqual(["accept", "mcp-protocol-version", "mcp-param-region", "idempotency-key", "x-custom"]);
});

test("drops what the Connection header names", () => {
  expect(kept("Connection", "X-One, x-two", "X-One", "1", "X-Two", "1", "X-Three", "1")).toEqual(["x-three"]);
});

test.each(["accept", "content-type", "Mcp-Session-Id", "idempotency-key"])(
  "refuses a Connection header that names %s",
  (name) => {
    expect(codeOf(() => readHeaders(["Connection", `close, ${name}`]))).toBe("header_refused");
  },
);

test.each(
  "Host Authorization Content-Type Content-Length Transfer-Encoding Origin Cookie DPoP Mcp-Name Sallyport-Session Mcp-Param-Region".split(
    " ",
  ),
)("refuses %s twice, in any case", (name) => {
  expect(codeOf(() => readHeaders([name, "a", name.toLowerCase(), "a"]))).toBe("header_refused");
});

test("joins a list header that comes in several lines", () => {
  expect(readHeaders(["Accept", "a/b", "accept", "c/d"]).list("accept")).toBe("a/b, c/d");
});

test.each(["caf\u00e9", "a\u007fb", "a\tb", "a\u0000b", "a\r\nb"])("refuses the header value %j", (value) => {
  expect(codeOf(() => readHeaders(["X-Note", value]))).toBe("header_refused");
});

test("reads a header named like an object's prototype as any other", () => {
  const headers = readHeaders(["__proto__", "1", "constructor", "2"]);
  expect(headers.one("toString")).toBeNull();
  expect(headers.endToEnd).toEqual([["constructor", "2"]]);
});
