import { setImmediate as nextTurn } from "node:timers/promises";
import type { Exchange } from "../../../gateway/domain/exchange.ts";
import type { CallQuestion, Holds } from "../../../gateway/domain/ports.ts";
import { callFacts, type CallFactsDeps } from "../../../gateway/gather/gather.ts";
import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import { batched } from "../../../gateway/lib/event-loop.ts";
import { callStateStore, liveCallers, liveness } from "../../../gateway/store/call-state.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { activePolicy, noLedger, route, subject, TestClock, toolCall } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { openCallState } from "../../support/test-definitions.ts";
import { testSessions } from "../../support/test-sessions.ts";

const mcpCall = toolCall({ route: route({ protocol: "mcp" }) });
const exchange = { resumed: null } as Exchange;

function gathering(changes: Partial<CallFactsDeps> = {}) {
  const connection = new Connection(openDatabase(":memory:"));
  const clock = new TestClock();
  const live = liveness(connection);
  const { definitions, sessions: store } = openCallState(connection, live);
  const loads: (readonly CallQuestion[])[] = [];
  const read = batched((questions: readonly CallQuestion[]) => {
    loads.push(questions);
    return callStateStore(connection, live).read(questions);
  });
  const facts = callFacts({
    sessions: testSessions({ store, read, clock }),
    provenance: noLedger,
    definitions: definitionLedger({ store: definitions, read, clock, logger: quiet, onPending: () => undefined }),
    revocations: { against: () => null, refresh: () => null },
    holds: { forCall: () => Promise.resolve(null) } as unknown as Holds,
    anyLive: liveCallers(live, read),
    kept: { has: () => false },
    activePolicy: () => activePolicy(),
    ...{ clock, instance: "gw-1", environment: "test" },
    ...changes,
  });
  return { facts, loads, connection };
}

test("what calls of one turn need of the store is read at once, and what memory knows not at all", async () => {
  const { facts, loads, connection } = gathering();
  const { definitions } = openCallState(connection);
  const seen = [{ digest: "d1", definition: { name: mcpCall.name } }];
  await definitions.observed([{ server: mcpCall.route.server, tool: mcpCall.name, day: 1, seen }]);
  // The write is seen in the next turn.
  await nextTurn();
  const who = subject({ session: null });
  const both = await Promise.all([facts(exchange, mcpCall, who), facts(exchange, mcpCall, subject())]);
  expect(both.map(({ definition }) => definition.digest)).toEqual(["d1", "d1"]);
  // Twice the labels, the definition and whether people have answered anything.
  expect(loads.map((questions) => questions.length)).toEqual([6]);
});

test("a call whose session and tool are known awaits nothing of the store", async () => {
  const { facts, loads } = gathering();
  const http = toolCall();
  await facts(exchange, http, subject());
  let turns = 0;
  const counting = setImmediate(function count() {
    turns += 1;
  });
  await facts(exchange, http, subject());
  clearImmediate(counting);
  expect([loads.length, turns]).toEqual([1, 0]);
});

test("a store that cannot be read fails the call, and leaves no failure that nobody handles", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const no = () => Promise.reject(new Error("no store"));
  const later = () => nextTurn().then(no);
  const { facts } = gathering({
    revocations: { against: () => null, refresh: no },
    definitions: { fact: later, mirrored: no, outputSchema: no, observe: no, keep: no },
  });
  await expect(facts(exchange, mcpCall, subject())).rejects.toThrow("no store");
  for (let turn = 0; turn < 3; turn++) await nextTurn();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("the purpose of the token goes before what the caller says, and each says whether it was cut", async () => {
  const { facts } = gathering();
  const said = toolCall({ declaredIntent: { text: "help", truncated: true } });
  const purpose = { text: "refunds", truncated: true };
  const intents = [
    await facts(exchange, said, subject({ purpose })),
    await facts(exchange, toolCall(), subject({ purpose })),
    await facts(exchange, said, subject({ purpose: null })),
    await facts(exchange, toolCall(), subject({ purpose: null })),
  ].map(({ intent }) => intent);
  expect(intents).toEqual([
    { purpose: "refunds", declared_by: "token", truncated: true },
    { purpose: "refunds", declared_by: "token", truncated: true },
    { purpose: "help", declared_by: "header", truncated: true },
    { purpose: null, declared_by: "none", truncated: false },
  ]);
  // Made once per token, so that its text is written once.
  expect(intents[1]).toBe(intents[0]);
});
