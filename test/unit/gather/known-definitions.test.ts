import { setImmediate as nextTurn } from "node:timers/promises";
import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { listTool, openCallState, toolOf } from "../../support/test-definitions.ts";

test("what the store did not have when it was asked is asked for again when a list was written before it answered", async () => {
  const { definitions: store, read } = openCallState(new Connection(openDatabase(":memory:")));
  const answered = Promise.withResolvers<void>();
  let isSlow = true;
  const ledger = definitionLedger({
    ...{ store, clock: new TestClock(), logger: quiet, onPending: () => undefined },
    read: async (question) => {
      const state = await read(question);
      if (isSlow) await answered.promise;
      return state;
    },
  });
  const before = ledger.fact(toolOf("crm", "read"));
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  isSlow = false;
  await listTool(ledger, "crm", "read", { name: "read", inputSchema: { type: "object" } });
  answered.resolve();
  expect(await before).toMatchObject({ pinned: false });
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true });
});
