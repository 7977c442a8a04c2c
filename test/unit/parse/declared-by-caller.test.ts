import { headerReader } from "../../../gateway/parse/headers.ts";
import { readDeclaredByCaller, readTransportSession } from "../../../gateway/parse/declared-by-caller.ts";
import { codeOf } from "../../support/parser.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";

const names = { header: "x-agent-run", meta: "shop.example/run" };
const read = (headers: readonly string[], meta: JsonObject | null = null) =>
  readDeclaredByCaller(headerReader()(headers), meta, names);

test("reads the session from the header and the key that are configured, and from no other", () => {
  expect(read(["X-Agent-Run", "run-1"], { "shop.example/run": "run-2" }).declaredSession).toBe("run-1");
  expect(read([], { "shop.example/run": "run-2" }).declaredSession).toBe("run-2");
  expect(read(["Sallyport-Session", "run-3"], { "dev.sallyport/session": "run-4" }).declaredSession).toBeNull();
  expect(read([]).declaredSession).toBeNull();
});

test.each([
  ["a header that is given twice", ["X-Agent-Run", "a", "X-Agent-Run", "b"], null, "header_refused"],
  ["a name with a space", ["X-Agent-Run", "a b"], null, "header_refused"],
  ["an empty name", ["X-Agent-Run", ""], null, "header_refused"],
  ["a name of 257 characters", ["X-Agent-Run", "a".repeat(257)], null, "header_refused"],
  ["a name that is no text", [], { "shop.example/run": 7 }, "rpc_invalid"],
  ["a key that some parsers read as the configured one", [], { "Shop.example/Run": "a" }, "json_key_refused"],
  [
    "such a key beside the configured one",
    [],
    { "shop.example/run": "a", "shop.example/RUN": "b" },
    "json_key_refused",
  ],
])("refuses %s", (_what, headers, meta, code) => {
  expect(codeOf(() => read(headers, meta as JsonObject | null))).toBe(code);
});

const [traced, other] = ["a", "c"].map((digit) => `00-${digit.repeat(32)}-${"b".repeat(16)}-01`) as [string, string];

test("reads the trace from the header before `_meta`, and takes a malformed one for none", () => {
  expect(read(["Traceparent", traced], { traceparent: other }).declaredTrace).toBe("a".repeat(32));
  expect(read([], { traceparent: other }).declaredTrace).toBe("c".repeat(32));
  expect(read(["Traceparent", "garbage"], null).declaredTrace).toBeNull();
  expect(read([], { traceparent: 7 }).declaredTrace).toBeNull();
});

describe("the id of a transport session", () => {
  const sealed = { id: "sealed", owner: "own", announced: [] };
  const transport = (session: string) => headerReader()(["Mcp-Session-Id", session]);

  test("is measured where it is the tool server's own, up to 1,024 characters", () => {
    const opened = (length: number) => readTransportSession({ headers: transport("x".repeat(length)), sealed });
    expect(opened(1_024)).toHaveLength(1_024);
    expect(codeOf(() => opened(1_025))).toBe("header_refused");
  });

  test("that did not open is read whatever its length, so that its caller is told that there is no such session", () => {
    expect(readTransportSession({ headers: transport("x".repeat(1_500)) })).toHaveLength(1_500);
    expect(codeOf(() => readTransportSession({ headers: transport("a b") }))).toBe("header_refused");
  });
});
