import { Changes } from "../../../../gateway/store/postgres/changes.ts";
import type { SqlRow, Statement } from "../../../../gateway/store/sql.ts";

/** A statement that answers as the test says. */
function answering(rows: () => readonly SqlRow[]): Statement {
  return { all: async () => rows() } as unknown as Statement;
}

function world() {
  let [version, now, isGone] = [1, 0, false];
  const statement = answering(() => {
    if (isGone) throw new Error("gone");
    return [{ table_name: "revocations", version }];
  });
  return {
    changes: new Changes({ statement, process: "p_1", goodForMs: 500, now: () => now }),
    change: () => (version += 1),
    pass: (ms: number) => (now += ms),
    goes: () => (isGone = true),
  };
}

test("a detector says that its tables have changed when a look has seen it, once", async () => {
  const { changes, change } = world();
  await changes.look();
  const [changed, other] = [changes.detector(["revocations"]), changes.detector(["approvals"])];
  change();
  expect([changed(), other()]).toEqual([false, false]);
  await changes.look();
  expect([changed(), changed(), other()]).toEqual([true, false, false]);
});

test("a detector says that something may have changed while no look succeeds, a few times a second", async () => {
  const { changes, goes, pass } = world();
  await changes.look();
  const changed = changes.detector(["revocations"]);
  goes();
  await expect(changes.look()).rejects.toThrow("gone");
  pass(500);
  expect(changed()).toBe(false);
  pass(1);
  expect([changed(), changed()]).toEqual([true, false]);
  pass(250);
  expect(changed()).toBe(true);
});

test("a look ends that", async () => {
  const { changes, pass } = world();
  const changed = changes.detector(["revocations"]);
  pass(501);
  expect(changed()).toBe(true);
  await changes.look();
  // What it has found is new to this detector.
  expect(changed()).toBe(true);
  pass(500);
  expect(changed()).toBe(false);
});

test("what a standby says is no look: it may lack what others have changed", async () => {
  const statement = answering(() => [{ table_name: "standby", version: 1 }]);
  let now = 0;
  const changes = new Changes({ statement, process: "p_1", goodForMs: 500, now: () => now });
  const changed = changes.detector(["revocations"]);
  now = 501;
  await expect(changes.look()).rejects.toMatchObject({ code: "store_unavailable" });
  expect([changed(), changes.isStandby]).toEqual([true, true]);
});

test("a standby is one until a look that began after it was found succeeds", async () => {
  const standby = [{ table_name: "standby", version: 1 }];
  const [early, late] = [Promise.withResolvers<readonly SqlRow[]>(), Promise.resolve(standby)];
  const answers = [early.promise, late, Promise.resolve([])];
  const statement = { all: () => answers.shift() } as unknown as Statement;
  let now = 0;
  const changes = new Changes({ statement, process: "p_1", goodForMs: 500, now: () => (now += 1) });
  const first = changes.look();
  await expect(changes.look()).rejects.toThrow("a standby answers");
  early.resolve([]);
  await first;
  expect(changes.isStandby).toBe(true);
  await changes.look();
  expect(changes.isStandby).toBe(false);
});
