import { memoryStore, openLedger, TestSession, trusted } from "../../support/provenance.ts";

test("has forgotten what was remembered with another secret, and says so", async () => {
  const store = memoryStore();
  const before = new TestSession(null, {}, {}, openLedger({ store }));
  await before.reads({ who: "ada@x.example" }, trusted);
  await before.ledger.close();
  const labels = async (secret?: Uint8Array): Promise<readonly string[]> => {
    const ledger = openLedger({ store, writer: "p_2", ...(secret === undefined ? {} : { secret }) });
    const after = new TestSession(null, {}, {}, ledger);
    const came = await after.reads({ who: "bob@x.example" }, trusted);
    return [...(await after.seen({ a: "ada@x.example" })), ...came];
  };
  expect(await labels(new Uint8Array(32).fill(2))).toEqual(["address email untrusted", "provenance:forgotten"]);
  expect(await labels()).toEqual(["address email trusted"]);
});
