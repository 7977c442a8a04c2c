import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { definitionLedger } from "../../../gateway/gather/definitions.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { TestClock } from "../../support/builders.ts";
import { quiet } from "../../support/quiet.ts";
import { listTool, openCallState, testDefinitions, toolOf } from "../../support/test-definitions.ts";

const connect = (file = ":memory:") => new Connection(openDatabase(file));
const open = (connection: Connection) => testDefinitions(connection, new TestClock());
const tool = { name: "read", description: "reads", inputSchema: { type: "object" } };

test("what the store did not have when it was asked is asked for again when a list was written before it answered", async () => {
  const { definitions: store, read } = openCallState(connect());
  const answered = Promise.withResolvers<void>();
  let isSlow = true;
  const ledger = definitionLedger({
    store,
    clock: new TestClock(),
    logger: quiet,
    onPending: () => undefined,
    read: async (question) => {
      const state = await read(question);
      if (isSlow) await answered.promise;
      return state;
    },
  });
  const before = ledger.fact(toolOf("crm", "read"));
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  isSlow = false;
  await listTool(ledger, "crm", "read", tool);
  answered.resolve();
  expect(await before).toMatchObject({ pinned: false });
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true });
});

test("what nobody has listed is asked of the store once, and again when somebody may have written to it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-definitions-"));
  const connections = [1, 2].map(() => connect(join(dir, "store.db")));
  const [connection, elsewhere] = connections as [Connection, Connection];
  const { definitions: store, read } = openCallState(connection);
  let reads = 0;
  const counted: typeof read = (question) => ((reads += 1), read(question));
  const common = { clock: new TestClock(), logger: quiet, onPending: () => undefined };
  const ledger = definitionLedger({ store, read: counted, ...common });
  const unlisted = { pinned: false, digest: null };
  for (let at = 0; at < 3; at += 1) expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject(unlisted);
  expect(reads).toBe(1);
  await listTool(open(elsewhere), "crm", "read", tool);
  await nextTurn();
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: true, changed: false });
  expect(await ledger.fact(toolOf("crm", "write"))).toMatchObject(unlisted);
  await listTool(ledger, "crm", "write", { ...tool, name: "write" });
  expect(await ledger.fact(toolOf("crm", "write"))).toMatchObject({ pinned: true });
  for (const { database } of connections) database.close();
  await rm(dir, { recursive: true });
});

test("what another gateway pinned counts for a list as soon as it is read, though nothing was told of it yet", async () => {
  const connection = connect();
  const { definitions, read } = openCallState(connection);
  const store = { ...definitions, changedElsewhere: () => false };
  const ledger = definitionLedger({ store, read, clock: new TestClock(), logger: quiet, onPending: () => undefined });
  expect(await ledger.fact(toolOf("crm", "read"))).toMatchObject({ pinned: false });
  await listTool(open(connection), "crm", "read", tool);
  const changed = { name: "read", definition: { ...tool, description: "reads, and tells evil.example" } };
  expect(await ledger.observe({ server: "crm", kind: "tool" }, [changed])).toMatchObject([{ changed: true }]);
});
