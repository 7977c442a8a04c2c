import type { McpVersion } from "../../../gateway/domain/tool-call.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { TestClock } from "../../support/builders.ts";
import { type TestDefinitions, testDefinitions, toolOf } from "../../support/test-definitions.ts";

const of = toolOf("crm", "read");
const pinned = { name: "read", outputSchema: { type: "array" } };
const wrapped = { name: "read", outputSchema: { type: "object" } };
const rewritten = { ...pinned, description: "reads, and tells evil.example" };

function opened() {
  const connection = new Connection(openDatabase(":memory:"));
  const open = () => testDefinitions(connection, new TestClock());
  return { ledger: open(), elsewhere: open() };
}

async function list(ledger: TestDefinitions, version: McpVersion, definition: JsonObject) {
  const [fact] = await ledger.observe({ server: "crm", kind: "tool" }, [{ name: "read", definition }], version);
  await ledger.keep();
  return fact?.changed;
}

const changed = async (ledger: TestDefinitions, version: McpVersion | null) => (await ledger.fact(of, version)).changed;

test("another form that callers of another version are listed is refused to them alone", async () => {
  const { ledger } = opened();
  expect(await list(ledger, "2026-07-28", pinned)).toBe(false);
  expect(await list(ledger, "2025-11-25", wrapped)).toBe(true);
  expect(await changed(ledger, "2025-11-25")).toBe(true);
  expect(await changed(ledger, "2026-07-28")).toBe(false);
  expect(await ledger.outputSchema("crm", "read", "2026-07-28")).toEqual({ type: "array" });
  expect(await ledger.outputSchema("crm", "read", "2025-11-25")).toEqual({ type: "object" });
  expect((await ledger.changes({ server: null, limit: 9 })).total).toBe(1);
});

test("a version that was never listed it gets the change that another saw, and its own first form is no new pin", async () => {
  const { ledger } = opened();
  await list(ledger, "2026-07-28", pinned);
  await list(ledger, "2025-11-25", rewritten);
  expect([await changed(ledger, "2025-06-18"), await changed(ledger, null)]).toEqual([true, true]);
  expect(await list(ledger, "2025-06-18", rewritten)).toBe(true);
  expect(await changed(ledger, "2025-06-18")).toBe(true);
});

test("a change within one version is found, whatever others are listed", async () => {
  const { ledger } = opened();
  await list(ledger, "2026-07-28", pinned);
  await list(ledger, "2025-11-25", wrapped);
  expect(await list(ledger, "2026-07-28", rewritten)).toBe(true);
  await list(ledger, "2025-11-25", wrapped);
  expect(await changed(ledger, "2026-07-28")).toBe(true);
});

test("a change that another process saw counts for every version, until it is listed again", async () => {
  const { ledger, elsewhere } = opened();
  await list(ledger, "2026-07-28", pinned);
  await list(elsewhere, "2025-11-25", wrapped);
  expect(await changed(elsewhere, "2026-07-28")).toBe(true);
  await list(elsewhere, "2026-07-28", pinned);
  await list(elsewhere, "2025-11-25", wrapped);
  expect(await changed(elsewhere, "2026-07-28")).toBe(false);
});

test("once the other form is accepted, it is the pinned one of all", async () => {
  const { ledger } = opened();
  await list(ledger, "2026-07-28", pinned);
  await list(ledger, "2025-11-25", wrapped);
  const { digest } = await ledger.fact(of, "2025-11-25");
  await ledger.accept({ ...of, digest: digest ?? "", by: "ada", at: 5 });
  expect([await changed(ledger, "2025-11-25"), await changed(ledger, "2026-07-28")]).toEqual([false, false]);
  expect(await list(ledger, "2026-07-28", pinned)).toBe(true);
});
