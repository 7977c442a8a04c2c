import { RequestIds } from "../../../../gateway/act/forward/request-ids.ts";
import { type Outcome, outcome } from "../../../../gateway/domain/decision-record.ts";
import type { EvaluatedCall } from "../../../../gateway/domain/exchange.ts";
import type { McpMessage } from "../../../../gateway/domain/tool-call.ts";
import { evaluated, subject, TestClock, toolCall } from "../../../support/builders.ts";

const request = { kind: "request", era: "legacy", id: 7, transportSession: "s-1" } as McpMessage;
const asking = (changes: Partial<McpMessage> = {}, id = "bot"): EvaluatedCall =>
  evaluated({ call: toolCall({ mcp: { ...request, ...changes } }), subject: subject({ id }) });

/** Of a request that was sent. */
const sent = (changes: Partial<Outcome> = {}) =>
  outcome({ kind: "forwarded", upstreamStatus: 200, forwardedDigest: "sha256:0", ...changes });
const given = (changes: Partial<Outcome> = {}) => Promise.resolve(sent(changes));

/** The id 7 of the session s-1 is that of a request under way. */
function world() {
  const clock = new TestClock();
  const ids = new RequestIds(clock);
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const first = ids.during(asking(), false, () => promise);
  const end = (changes: Partial<Outcome> = {}) => {
    resolve(sent(changes));
    return first;
  };
  return { clock, ids, end };
}

test("refuses a request with the id of one that is under way in its session, and sends nothing", async () => {
  const { ids } = world();
  let isSent = false;
  const send = () => ((isSent = true), given());
  expect(() => ids.assertFree(asking())).toThrow(expect.objectContaining({ code: "rpc_invalid" }));
  await expect(ids.during(asking(), false, send)).rejects.toMatchObject({ code: "rpc_invalid" });
  expect(isSent).toBe(false);
});

test.each<[string, EvaluatedCall]>([
  ["the id 7 as a string", asking({ id: "7" })],
  ["another session", asking({ transportSession: "s-2" })],
  ["no session", asking({ transportSession: null })],
  ["another caller", asking({}, "other")],
  ["MCP 2026-07-28", asking({ era: "modern" })],
  ["a notification", asking({ kind: "notification", id: null })],
])("leaves %s alone", async (_what, call) => {
  const { ids } = world();
  ids.assertFree(call);
  expect(await ids.during(call, false, given)).toMatchObject({ kind: "forwarded" });
});

test("gives an id again once its answer has come, on its own stream or on one that was taken up again", () => {
  const { ids } = world();
  ids.answered(asking({ kind: "stream", id: null }), "7");
  expect(() => ids.assertFree(asking())).toThrow();
  ids.answered(asking({ kind: "stream", id: null }), 7);
  ids.assertFree(asking());
});

test.each<[string, Partial<Outcome>]>([
  ["an HTTP refusal", { upstreamStatus: 404 }],
  ["a redirect, which is not followed", { upstreamStatus: 302 }],
  ["nothing that was sent", { kind: "abandoned", upstreamStatus: null, forwardedDigest: null }],
  ["an answer that was withheld", { kind: "withheld" }],
  ["a tool server that did not run it", { kind: "failed", upstreamStatus: 401 }],
  ["a process that ended", { kind: "unknown", code: "upstream_ended" }],
  ["a call to a command that was called off", { kind: "unknown", code: "call_cancelled" }],
])("gives an id again after %s", async (_what, changes) => {
  const { ids, end } = world();
  await end(changes);
  ids.assertFree(asking());
});

test.each<[string, Partial<Outcome>]>([
  ["whose caller has left", { kind: "abandoned" }],
  ["that timed out", { kind: "unknown", upstreamStatus: null }],
  ["whose stream ended without an answer", {}],
])("keeps the id of a request %s for an hour, since its answer may still come", async (_what, changes) => {
  const { clock, ids, end } = world();
  await end(changes);
  expect(() => ids.assertFree(asking())).toThrow("");
  clock.advance(3_600_001);
  ids.assertFree(asking());
});

test("gives an id again whose answer was read whole for a task", async () => {
  const { ids } = world();
  await ids.during(asking({ id: 8 }), true, given);
  ids.assertFree(asking({ id: 8 }));
});

test("gives an id again of a request that was refused before anything was sent", async () => {
  const { ids } = world();
  const refused = () => Promise.reject(new Error("used up"));
  await expect(ids.during(asking({ id: 8 }), false, refused)).rejects.toThrow("used up");
  ids.assertFree(asking({ id: 8 }));
});
