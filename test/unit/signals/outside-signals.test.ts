import type { OutsideSignal, OutsideSignalStore, StoredSignal } from "../../../gateway/domain/ports.ts";
import { outsideSignals } from "../../../gateway/signals/outside-signals.ts";
import { outsideSignalStore } from "../../../gateway/store/signals.ts";
import { subject, TestClock } from "../../support/builders.ts";
import type { Shared } from "../../support/store-contracts/shared.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

const clock = new TestClock();
const iss = "https://idp.example";
const high: OutsideSignal = {
  name: "risk-level-change",
  source: "idp",
  level: 0.9,
  evidence: "idp says: risk is HIGH",
  at: clock.now(),
  until: clock.now() + 60_000,
};
let shared: Shared<OutsideSignalStore>;
beforeEach(async () => {
  shared = await sqliteStores(outsideSignalStore)();
});
afterEach(() => shared.close());

const open = (store = shared.store) => outsideSignals({ store, clock });
const levels = (all: readonly OutsideSignal[]) => all.map(({ source, level }) => [source, level]);

it("says what counts of the caller, of whom it acts for and of actors in between", async () => {
  const known = await open();
  await known.add({ issuer: iss, subject: "refund-bot" }, high);
  await known.add({ issuer: iss, subject: "alice" }, { ...high, source: "edr", level: 0.7 });
  await known.add({ issuer: iss, subject: "router" }, { ...high, source: "mdm", level: 0.5 });
  await known.add({ issuer: iss, subject: "bob" }, { ...high, source: "other" });
  const who = subject({ actingFor: { id: "Alice", claims: {} }, actorChain: ["router"] });
  expect(levels(known.of(who))).toEqual([
    ["idp", 0.9],
    ["edr", 0.7],
    ["mdm", 0.5],
  ]);
});

it("says nothing of a namesake of another issuer, and of everybody's what is said of any issuer", async () => {
  const known = await open();
  await known.add({ issuer: "https://b.example", subject: "refund-bot" }, high);
  expect(known.of(subject())).toEqual([]);
  await known.add({ issuer: null, subject: "refund-bot" }, high);
  expect(known.of(subject())).toHaveLength(1);
});

it("forgets what has ended, and what the same one has taken back", async () => {
  const known = await open();
  await known.add({ issuer: iss, subject: "refund-bot" }, { ...high, until: clock.now() });
  expect(known.of(subject())).toEqual([]);
  await known.add({ issuer: iss, subject: "refund-bot" }, high);
  await known.add({ issuer: iss, subject: "refund-bot" }, { ...high, level: 0, at: high.at + 1 });
  expect(known.of(subject())).toEqual([]);
});

it("knows after a restart, and after a look, what another process was told", async () => {
  const first = await open();
  await first.add({ issuer: iss, subject: "refund-bot" }, high);
  const elsewhere = await shared.again();
  const second = await open(elsewhere.store);
  expect(levels(second.of(subject()))).toEqual([["idp", 0.9]]);
  await first.add({ issuer: iss, subject: "refund-bot" }, { ...high, source: "edr" });
  await new Promise((done) => setImmediate(done));
  await second.refresh();
  expect(second.of(subject())).toHaveLength(2);
  await elsewhere.close();
});

it("adds nothing when the store cannot be written", async () => {
  const broken: OutsideSignalStore = { ...shared.store, put: (_: StoredSignal) => Promise.reject(new Error("full")) };
  const known = await open(broken);
  await expect(known.add({ issuer: iss, subject: "refund-bot" }, high)).rejects.toThrow("full");
  expect(known.of(subject())).toEqual([]);
});
