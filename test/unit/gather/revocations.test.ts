/** Revocations in memory beside a store that takes its time, and to which others write. */
import type { AccessNote } from "../../../gateway/domain/access-record.ts";
import type { RevocationStore, StepwiseEndings } from "../../../gateway/domain/ports.ts";
import type { Revocation } from "../../../gateway/domain/revocation.ts";
import { revocations } from "../../../gateway/gather/revocations.ts";
import { nothingEnded } from "../../../gateway/domain/ended.ts";
import { TestClock, testIds } from "../../support/builders.ts";
import { noOthers, revocable } from "../../support/endings.ts";
import { quiet } from "../../support/quiet.ts";

const call = revocable();
const wanted = { kind: "gateway", issuer: null, target: null, reason: "incident", by: "carol", until: null } as const;
const foreign: Revocation = { ...wanted, id: "k_foreign", at: 0 };

/** A store in memory. `gate` is awaited in each step after what it reads is read, or before what it writes is written. */
class SlowStore implements RevocationStore {
  readonly all = new Map<string, Revocation>();
  gate: Promise<void> = Promise.resolve();
  changed = false;
  lists = 0;
  onList = (): void => undefined;

  async add(revocation: Revocation): Promise<void> {
    await this.gate;
    this.all.set(revocation.id, revocation);
  }

  async lift(id: string): Promise<boolean> {
    await this.gate;
    return this.all.delete(id);
  }

  async list(): Promise<Revocation[]> {
    this.lists += 1;
    this.onList();
    const found = [...this.all.values()];
    await this.gate;
    return found;
  }

  changedElsewhere(): boolean {
    const { changed } = this;
    this.changed = false;
    return changed;
  }
}

async function world() {
  const store = new SlowStore();
  const ended: string[] = [];
  const cuts: unknown[] = [];
  const endings: StepwiseEndings = {
    begin: (_matches, { id }) => {
      cuts.push(id);
      return {
        cut: Promise.resolve({ ...nothingEnded, calls: 7 }),
        finish: () => {
          ended.push(id ?? "");
          return Promise.resolve(nothingEnded);
        },
      };
    },
  };
  const clock = new TestClock();
  const noted: string[] = [];
  const journal = { note: ({ action, by }: AccessNote) => void noted.push(`${action} by ${by}`) };
  const ids = testIds();
  const access = await revocations({
    store,
    clock,
    ids,
    logger: quiet,
    endings,
    announcements: { ...noOthers, others: () => Promise.resolve(2) },
    journal,
  });
  /** From now on each step waits; returns what lets them go on. */
  const shut = (): (() => void) => {
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    return () => {
      store.gate = Promise.resolve();
      gate.resolve();
    };
  };
  return { store, access, ended, shut, clock, noted, cuts };
}

test("access is ended in this process before anything is written", async () => {
  const { access, shut } = await world();
  const open = shut();
  const revoking = access.revoke(wanted);
  expect(access.against(call)).toMatchObject(wanted);
  open();
  expect(await revoking).toMatchObject({ ...wanted, durable: true });
});

test("nothing is read as long as nobody has written", async () => {
  const { access, store } = await world();
  expect([access.refresh(), access.refresh(), store.lists]).toEqual([null, null, 1]);
});

test("every call waits for what others wrote until it is read, and the store is read once for all of them", async () => {
  const { access, store, shut } = await world();
  store.all.set(foreign.id, foreign);
  store.changed = true;
  const open = shut();
  const waiting = [access.refresh(), access.refresh()];
  open();
  for (const one of waiting) await one;
  expect([access.against(call)?.id, store.lists, access.refresh()]).toEqual(["k_foreign", 2, null]);
});

test("a list from before a further change does not count", async () => {
  const { access, store, shut } = await world();
  store.changed = true;
  const open = shut();
  const early = access.refresh();
  store.all.set(foreign.id, foreign);
  store.changed = true;
  const late = access.refresh();
  open();
  await Promise.all([early, late]);
  expect(access.against(call)?.id).toBe("k_foreign");
});

test("a list from before access was ended does not give it back, though all of it is carried through by then", async () => {
  const { access, store, shut } = await world();
  store.changed = true;
  const open = shut();
  const reading = access.refresh();
  store.gate = Promise.resolve();
  await access.revoke(wanted);
  const found: unknown[] = [];
  // Also between the list that came too late and the next.
  store.onList = () => void found.push(access.against(call));
  open();
  await reading;
  expect([...found, access.against(call)]).toEqual([expect.objectContaining(wanted), expect.objectContaining(wanted)]);
});

test("a list from before access was given back does not end it again", async () => {
  const { access, store, shut } = await world();
  const { id } = await access.revoke(wanted);
  await access.refresh();
  store.changed = true;
  const open = shut();
  const reading = access.refresh();
  store.gate = Promise.resolve();
  await access.lift(id, "carol");
  expect(access.against(call)).toBeNull();
  open();
  await reading;
  expect(access.against(call)).toBeNull();
});

test("what could not be read is read with the next call", async () => {
  const { access, store } = await world();
  store.all.set(foreign.id, foreign);
  store.changed = true;
  store.gate = Promise.reject(new Error("locked"));
  await expect(access.refresh()).rejects.toThrow("locked");
  store.gate = Promise.resolve();
  await access.refresh();
  expect(access.against(call)?.id).toBe("k_foreign");
});

test("access that is given back while it is being written stays given back", async () => {
  const { access, store, ended, shut } = await world();
  store.gate = Promise.reject(new Error("locked"));
  const { id, durable } = await access.revoke(wanted);
  expect(durable).toBe(false);
  const open = shut();
  const keeping = access.keep();
  const lifting = access.lift(id, "carol");
  open();
  await Promise.all([keeping, lifting]);
  await access.keep();
  expect([[...store.all], ended, access.against(call)]).toEqual([[], [id], null]);
});

test("two that keep at once write and carry through once", async () => {
  const { access, store, ended } = await world();
  store.gate = Promise.reject(new Error("locked"));
  const { id } = await access.revoke(wanted);
  store.gate = Promise.resolve();
  await Promise.all([access.keep(), access.keep()]);
  expect([ended, await access.list()]).toEqual([[id], [expect.objectContaining({ id, durable: true })]]);
});

test("a revocation with an end stands against nobody from that moment on, is forgotten, and leaves a record", async () => {
  const { access, store, clock, noted } = await world();
  await access.revoke({ ...wanted, until: clock.now() + 1_000 });
  clock.advance(999);
  expect(access.against(call)).not.toBeNull();
  clock.advance(1);
  expect([access.against(call), await access.list()]).toEqual([null, []]);
  await access.keep();
  expect([store.all.size, noted]).toEqual([0, ["revoked by carol", "lapsed by carol"]]);
});

test("who gives access back is recorded, and of two at once only one did", async () => {
  const { access, noted } = await world();
  const { id } = await access.revoke(wanted);
  const lifts = await Promise.allSettled([access.lift(id, "dave"), access.lift(id, "erin")]);
  expect(lifts.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(noted).toEqual(["revoked by carol", "lifted by dave"]);
});

test("what was under way is cut before anything is written, and counted though the store cannot be", async () => {
  const { access, store, cuts } = await world();
  store.gate = Promise.reject(new Error("locked"));
  const revoking = access.revoke(wanted);
  expect(cuts).toHaveLength(1);
  expect(await revoking).toMatchObject({ durable: false, matched: { calls: 7, unanswered: 2 } });
});
