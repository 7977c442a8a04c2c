import { headerReader } from "../../../../gateway/parse/headers.ts";
import { readMessage } from "../../../../gateway/parse/mcp/rpc.ts";
import {
  assumedVersion,
  claimsModern,
  modernVersion,
  readLegacy,
  readModern,
  readVersionHeader,
} from "../../../../gateway/parse/mcp/versions.ts";
import { codeOf } from "../../../support/parser.ts";
import {
  call,
  latest,
  message,
  meta,
  mirrored,
  modern,
  type McpParser,
  startMcpParser,
} from "../../../support/mcp-parser.ts";

let parser: McpParser;
beforeAll(async () => {
  parser = await startMcpParser();
});
afterAll(() => parser.close());

test.each(["GET", "DELETE"])("refuses %s in the era without sessions", async (method) => {
  expect((await parser.ask({ method, target: "/mcp/crm", headers: [latest] })).refusal?.code).toBe("method_refused");
});

test("reads a modern call whose headers repeat it, and ignores a session id there", async () => {
  const heard = await parser.send(modern(), ...mirrored, "MCP-Session-Id: s-1");
  expect(heard.call).toMatchObject({
    name: "read_customer",
    declaredSession: null,
    mcp: { era: "modern", version: "2026-07-28", transportSession: null },
  });
  expect(heard.call?.request.headers.map(([name]) => name)).toEqual([
    "accept",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
  ]);
  expect(heard.exchange.context.rpc?.modern).toBe(true);
});

test.each([
  ["another method", [latest, "Mcp-Method: tools/list", "Mcp-Name: read_customer"]],
  ["another name", [latest, "Mcp-Method: tools/call", "Mcp-Name: find_ticket"]],
  ["a name in another case", [latest, "Mcp-Method: tools/call", "Mcp-Name: Read_Customer"]],
  ["no method", [latest, "Mcp-Name: read_customer"]],
  ["no name", [latest, "Mcp-Method: tools/call"]],
  ["no version", ["Mcp-Method: tools/call", "Mcp-Name: read_customer"]],
  ["an older version", ["MCP-Protocol-Version: 2025-11-25", "Mcp-Method: tools/call", "Mcp-Name: read_customer"]],
  ["a name in broken base64", [latest, "Mcp-Method: tools/call", "Mcp-Name: =?base64?cmVhZF9jdXN0b21lcg?="]],
  [
    "a name encoded twice",
    [
      latest,
      "Mcp-Method: tools/call",
      `Mcp-Name: =?base64?${Buffer.from("=?base64?cmVhZF9jdXN0b21lcg==?=").toString("base64")}?=`,
    ],
  ],
])("refuses a modern call with %s in its headers", async (_what, headers) => {
  expect(await parser.codeFor(modern(), ...headers)).toBe("mcp_header_mismatch");
});

test("reads a mirrored name in base64", async () => {
  expect(
    await parser.codeFor(modern(), latest, "Mcp-Method: tools/call", "Mcp-Name: =?base64?cmVhZF9jdXN0b21lcg==?="),
  ).toBe("accepted");
});

test.each([
  ["without _meta", modern({ params: call })],
  ["without the version", modern({ params: { ...call, _meta: { "io.modelcontextprotocol/clientCapabilities": {} } } })],
  [
    "without capabilities",
    modern({ params: { ...call, _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } } }),
  ],
  [
    "with capabilities that are no object",
    modern({ params: { ...call, _meta: { ...meta, "io.modelcontextprotocol/clientCapabilities": [] } } }),
  ],
])("refuses a modern call %s", async (_what, body) => {
  expect(await parser.codeFor(body, ...mirrored)).toBe("mcp_meta_missing");
});

test("refuses what the modern era does not have: handshake, responses, subscriptions by URI, older claims", async () => {
  expect(
    await parser.codeFor(
      modern({ method: "resources/subscribe", params: { uri: "x", _meta: meta } }),
      latest,
      "Mcp-Method: resources/subscribe",
    ),
  ).toBe("mcp_method_unknown");
  expect(await parser.codeFor({ jsonrpc: "2.0", id: 1, result: {} }, latest)).toBe("rpc_invalid");
  const older = { ...meta, "io.modelcontextprotocol/protocolVersion": "2025-11-25" };
  expect(await parser.codeFor(message({ params: { ...call, _meta: older } }), "MCP-Protocol-Version: 2025-11-25")).toBe(
    "mcp_version_unsupported",
  );
});

test("tells which version was requested, and which ones a request may name for itself", async () => {
  const newer = { ...meta, "io.modelcontextprotocol/protocolVersion": "2027-01-01" };
  const body = modern({ params: { ...call, _meta: newer } });
  const { refusal } = await parser.send(body, "MCP-Protocol-Version: 2027-01-01", ...mirrored.slice(1));
  expect(refusal).toMatchObject({
    code: "mcp_version_unsupported",
    data: { requested: "2027-01-01", supported: ["2026-07-28"] },
  });
});

test("tells a client that names an unknown version in the header alone all versions", async () => {
  const { refusal } = await parser.send(message(), "MCP-Protocol-Version: 2027-01-01");
  expect(refusal?.data).toMatchObject({ supported: expect.arrayContaining(["2025-11-25", "2026-07-28"]) });
});

test("tells a client of sessions that puts its version into a request which version has that", async () => {
  const older = { ...meta, "io.modelcontextprotocol/protocolVersion": "2025-11-25" };
  const body = message({ params: { ...call, _meta: older } });
  const { refusal } = await parser.send(body, "MCP-Protocol-Version: 2025-11-25");
  expect(refusal?.data).toEqual({ requested: "2025-11-25", supported: ["2026-07-28"] });
});

test.each([
  ["an unknown header beside a known body", "2027-01-01", "2026-07-28"],
  ["a known header beside an unknown body", "2026-07-28", "2027-01-01"],
  ["an unknown header beside another unknown body", "2027-01-01", "2028-01-01"],
  ["an older header beside a known body", "2025-11-25", "2026-07-28"],
])("calls %s a contradiction before either version is judged", async (_what, header, claimed) => {
  const body = modern({ params: { ...call, _meta: { ...meta, "io.modelcontextprotocol/protocolVersion": claimed } } });
  const code = await parser.codeFor(body, `MCP-Protocol-Version: ${header}`, ...mirrored.slice(1));
  expect(code).toBe("mcp_header_mismatch");
});

describe("read by themselves", () => {
  const headers = (...raw: string[]) => headerReader()(raw);
  const repeated = headers("Mcp-Method", "tools/call", "Mcp-Name", "read_customer");

  test("a version header is one that is known, or none", () => {
    expect(readVersionHeader(headers(), null)).toBeNull();
    expect(readVersionHeader(headers("MCP-Protocol-Version", "2025-06-18"), null)).toBe("2025-06-18");
    expect(codeOf(() => readVersionHeader(headers("MCP-Protocol-Version", "2025-06-19"), null))).toBe(
      "mcp_version_unsupported",
    );
  });

  test("a body claims the era without sessions by either of its two keys", () => {
    expect(claimsModern(null)).toBe(false);
    expect(claimsModern({ progressToken: 1 })).toBe(false);
    for (const key of Object.keys(meta)) expect(claimsModern({ [key]: null })).toBe(true);
  });

  test("a modern request says its version twice, the same", () => {
    const read = readMessage(modern());
    expect(readModern(repeated, modernVersion, read)).toBe(modernVersion);
    expect(codeOf(() => readModern(repeated, "2025-11-25", read))).toBe("mcp_header_mismatch");
    expect(codeOf(() => readModern(repeated, null, read))).toBe("mcp_header_mismatch");
  });

  test("a modern notification need not repeat anything", () => {
    const left = readMessage({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
    expect(readModern(headers(), null, left)).toBe(modernVersion);
  });

  test("an older request has the version of its header, else the first that had none", () => {
    expect(readLegacy(headers(), "2025-11-25", readMessage(message()))).toBe("2025-11-25");
    expect(readLegacy(headers(), null, readMessage(message()))).toBe(assumedVersion);
    expect(codeOf(() => readLegacy(headers(), modernVersion, readMessage(message())))).toBe("mcp_header_mismatch");
  });

  test("what an older request repeats in headers must be what it says", () => {
    expect(readLegacy(repeated, null, readMessage(message()))).toBe(assumedVersion);
    const other = headers("Mcp-Method", "tools/call", "Mcp-Name", "delete_customer");
    expect(codeOf(() => readLegacy(other, null, readMessage(message())))).toBe("mcp_header_mismatch");
  });
});
