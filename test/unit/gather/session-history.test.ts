import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { withArgumentsRead } from "../../../gateway/domain/arguments-read.ts";
import { HistoryEntry, historyFact, reviewedCall } from "../../../gateway/gather/session-history.ts";
import { readJson } from "../../../gateway/parse/json/read-json.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { activePolicy, decision, evaluated, facts, route, subject, toolCall } from "../../support/builders.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { testSessions } from "../../support/test-sessions.ts";

test("has the labels that the decision gave and those that its answer gave, each once, and what came of it", () => {
  const labelled = decision({ obligations: [{ type: "label_session", labels: ["read:private"] }] });
  const entry = new HistoryEntry(evaluated({ decisionId: "d_7", decision: labelled }), 1_000, () => "");
  entry.labelled(["result:unread", "read:private"]);
  entry.ended("failed");
  const known = { tool: "payments/create_refund", effect: "allow", destinations: [], outcome: "failed" };
  const labels = ["read:private", "result:unread"];
  const stored = entry.stored(() => "");
  expect(historyFact(stored, 3_400)).toEqual({ ...known, labels, ago: 2 });
  expect(reviewedCall(stored)).toEqual({ ...known, labels, decision_id: "d_7", at: 1_000 });
  // The wall clock was set back.
  expect(historyFact(stored, 0).ago).toBe(0);
});

test.each([
  [[], [], false],
  [["/to"], ["#ada"], true],
])("of arguments that nobody has read, has the destinations %j: %j", (destination, found, isBuilt) => {
  const read = readJson(Buffer.from('{"to":"Ada"}'), route().body.limits);
  const { arguments: _arguments, ...others } = toolCall();
  const call = withArgumentsRead({ ...others, argumentsRead: read });
  const catalog = { ...activePolicy().catalog("payments", "any"), destination };
  const entry = new HistoryEntry(evaluated({ call, facts: facts({ catalog }) }), 1_000, () => "");
  expect(entry.stored((text) => `#${text}`).call.destinations).toEqual(found);
  expect(read.isBuilt).toBe(isBuilt);
});

describe("destinations of a call", () => {
  const digested: string[] = [];
  function ledgerWith(destination: readonly string[]) {
    digested.length = 0;
    const { sessions: store, read } = openCallState(new Connection(openDatabase(":memory:")));
    const ledger = testSessions({ store, read, digest: (text) => (digested.push(text), `#${text.slice(0, 20)}`) });
    const catalog = { ...activePolicy().catalog("payments", "any"), destination };
    const observe = async (args: ToolCall["arguments"]) => {
      const call = toolCall({ arguments: args });
      const session = await ledger.fact(subject(), call, 1_000);
      ledger.observe(evaluated({ call, facts: facts({ session, catalog }) }), 1_000);
    };
    return { observe, fact: () => ledger.fact(subject(), toolCall(), 2_000) };
  }

  test("are digests of the values at the catalog's pointers, alike whatever their case, and of each in a list", async () => {
    const { observe, fact } = ledgerWith(["/to", "/copy", "/account/number", "/no/such", "/to/0"]);
    await observe({ to: " Ann@Shop.example", copy: ["ann@shop.example", 7, null], account: { number: 42 }, text: "x" });
    expect((await fact()).history[0]?.destinations).toEqual(["#ann@shop.example", "#ann@shop.example", "#7", "#42"]);
  });

  test("are digested when somebody reads the history, and once", async () => {
    const { observe, fact } = ledgerWith(["/to"]);
    await observe({ to: "ann@shop.example" });
    const read = [await fact(), await fact()];
    expect(digested).toEqual([]);
    for (const { history } of read) expect(history[0]?.destinations).toEqual(["#ann@shop.example"]);
    expect(digested).toEqual(["ann@shop.example"]);
  });

  test("are digested at once where they are too long to be kept, and at most eight are kept", async () => {
    const { observe, fact } = ledgerWith(["/to"]);
    await observe({ to: Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(100, "x")) });
    expect(digested).toHaveLength(8);
    expect((await fact()).history[0]?.destinations).toHaveLength(8);
  });
});
