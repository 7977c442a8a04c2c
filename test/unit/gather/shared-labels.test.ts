import type { EndedCall, SessionStore } from "../../../gateway/domain/ports.ts";
import { activePolicy, evaluated, facts, toolCall } from "../../support/builders.ts";
import { testSessions } from "../../support/test-sessions.ts";

const known = facts({ policy: activePolicy({ readsHistory: true }) });

function world() {
  const written: EndedCall[] = [];
  const calls = { add: async () => undefined, update: async (call: EndedCall) => void written.push(call) };
  const store = { calls, addLabels: async () => undefined } as unknown as SessionStore;
  return { written, ledger: testSessions({ store, read: () => Promise.reject(new Error("not read")), history: 2 }) };
}

const callOf = (decisionId: string) => ({ ...evaluated({ call: toolCall(), facts: known }), decisionId });

test("labels of an answer reach the shared history although more calls came meanwhile than memory keeps", async () => {
  const { ledger, written } = world();
  const slow = callOf("slow");
  await ledger.observe(slow, 1_000).noted;
  for (const other of ["one", "two", "three"]) await ledger.observe(callOf(other), 2_000).noted;
  await ledger.label(slow, ["read:private"]);
  expect(written).toMatchObject([{ decisionId: "slow", labels: ["read:private"] }]);
});
