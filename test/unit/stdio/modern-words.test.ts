import type { RequestMessage } from "../../../gateway/stdio/messages.ts";
import { callText, complete, forOlderServer, isModern, isOffered } from "../../../gateway/stdio/modern-words.ts";

const version = "io.modelcontextprotocol/protocolVersion";
const request = (params: object): RequestMessage =>
  ({ jsonrpc: "2.0", id: 1, method: "tools/call", params }) as unknown as RequestMessage;

test("knows a client without a session by the version of its request", () => {
  expect(isModern(request({ _meta: { [version]: "2026-07-28" } }))).toBe(true);
  expect(isModern(request({ _meta: { [version]: "2025-11-25" } }))).toBe(false);
  expect(isModern(request({ protocolVersion: "2026-07-28" }))).toBe(false);
});

test("leaves out of a request what an older server does not know, and nothing else", () => {
  const given = {
    name: "t",
    requestState: "s",
    inputResponses: {},
    _meta: { [version]: "2026-07-28", progressToken: 0 },
  };
  expect(forOlderServer(request(given)).params).toEqual({ name: "t", _meta: { progressToken: 0 } });
  expect(forOlderServer(request({ _meta: { [version]: "2026-07-28" } })).params).toEqual({});
});

test("takes two legs for the same call by its method and its arguments", () => {
  const first = callText(request({ name: "t", arguments: { a: 1 }, _meta: { progressToken: 1 } }));
  expect(callText(request({ name: "t", arguments: { a: 1 }, requestState: "s" }))).toBe(first);
  expect(callText(request({ name: "t", arguments: { a: 2 } }))).not.toBe(first);
});

test("knows from its capabilities which methods a server has", () => {
  const initialized = { capabilities: { tools: {}, completions: {} } };
  expect(
    ["tools/list", "completion/complete", "prompts/list", "tasks/list", "x"].map((method) =>
      isOffered(method, initialized),
    ),
  ).toEqual([...[true, true, false, false, false]]);
});

test("adds who gave a result to what it says itself", () => {
  expect(complete({ _meta: { a: 1 } }, { serverInfo: { name: "n" } })).toEqual({
    resultType: "complete",
    _meta: { a: 1, "io.modelcontextprotocol/serverInfo": { name: "n" } },
  });
});
