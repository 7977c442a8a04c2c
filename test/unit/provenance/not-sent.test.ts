/** What is remembered of calls that were held or denied. */
import type { ProvenanceStore } from "../../../gateway/domain/ports.ts";
import { TestClock } from "../../support/builders.ts";
import { memoryStore, openLedger, TestSession, trusted } from "../../support/provenance.ts";

const iban = "DE37370400440532013548";
const call = { tool: "bank/save_payee", arguments: { iban }, catalog: { mutates: true, returns: trusted } };

/** Names the keys that are claimed and written. */
function told(store: ProvenanceStore, asked: string[]): ProvenanceStore {
  return {
    ...store,
    claim: (claims, writer, at) => {
      asked.push(`claimed ${claims.length}`);
      return store.claim(claims, writer, at);
    },
    write: (written, writer, at) => {
      asked.push(`written ${written.length}`);
      return store.write(written, writer, at);
    },
  };
}

test("takes no answer for evidence of what a call that was held or denied has said", async () => {
  const session = new TestSession(null);
  await session.reads("good morning");
  await session.ledger.notSent(session.evaluated(call));
  await session.reads({ payees: ["DE37 3704 0044 0532 0135 48", "DE89 3704 0044 0532 0130 00"] }, trusted);
  const seen = async (to: string) => (await session.destination(to)).seen;
  expect(await Promise.all([iban, "DE89370400440532013000"].map(seen))).toEqual(["never", "trusted"]);
  expect((await session.trace(call)).before).toEqual({ same: false, there: 0 });
});

test("keeps nothing for a session of which only such calls are known, though they were traced", async () => {
  const asked: string[] = [];
  const ledger = openLedger({ store: told(memoryStore(), asked) });
  const session = new TestSession(null, {}, {}, ledger);
  await session.trace(call);
  await ledger.notSent(session.evaluated(call));
  await ledger.close();
  expect(asked).toEqual([]);
});

test("writes nothing anew where such a call says nothing new", async () => {
  const [asked, clock]: [string[], TestClock] = [[], new TestClock()];
  const session = new TestSession(null, {}, {}, openLedger({ store: told(memoryStore(), asked), clock }));
  const keeps = async () => {
    clock.advance(61_000);
    await session.ledger.keep();
    return asked.splice(0);
  };
  await session.reads("good morning");
  expect(await keeps()).toEqual(["claimed 1", "written 1"]);
  await session.ledger.notSent(session.evaluated(call));
  expect(await keeps()).toEqual(["claimed 1", "written 1"]);
  await session.ledger.notSent(session.evaluated(call));
  expect(await keeps()).toEqual([]);
});
