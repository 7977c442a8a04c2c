import { setImmediate as nextTurn } from "node:timers/promises";
import type { TaskTextStore } from "../../../gateway/domain/ports.ts";
import { taskTexts, type TaskTextsOptions } from "../../../gateway/gather/task-texts.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { taskTextStore } from "../../../gateway/store/task-texts.ts";
import { TestClock } from "../../support/builders.ts";
import { sqliteStores } from "../../support/store-contracts/sqlite.ts";

const keepMs = 3_600_000;
const now = 1_000_000;
const cut = (text: string, truncated = false) => ({ text, truncated });
const adding = (key: string, text: string, by = "chat-app") => ({ key, by, text: cut(text) });

/** Counts what is asked of the store. */
function counted(store: TaskTextStore) {
  const counts = { read: 0, extend: 0 };
  const counting: TaskTextStore = {
    ...store,
    read: (key, at) => {
      counts.read += 1;
      return store.read(key, at);
    },
    extend: (added, limits) => {
      counts.extend += 1;
      return store.extend(added, limits);
    },
  };
  return { counts, store: counting };
}

function world(
  options: Partial<TaskTextsOptions> = {},
  real = taskTextStore(new Connection(openDatabase(":memory:"))),
) {
  const { counts, store } = counted(real);
  return { counts, store, texts: taskTexts({ store, clock: new TestClock(), keepMs, ...options }) };
}

test("gives back what was added, as the same objects each time, and asks the store no more than once", async () => {
  const { texts, counts } = world();
  await texts.extend(adding("s1", "first"), now);
  const kept = await texts.extend(adding("s1", "second"), now);
  expect(kept).toEqual({ kept: cut("second"), texts: [cut("first"), cut("second")], expires: now + keepMs });
  const [once, again] = [texts.of("s1", now), texts.of("s1", now)];
  expect(once).toEqual([cut("first"), cut("second")]);
  expect((once as readonly object[]).every((text, at) => text === (again as readonly object[])[at])).toBe(true);
  for (let call = 0; call < 3; call += 1) expect(await texts.of("another", now)).toEqual([]);
  expect(counts).toEqual({ read: 1, extend: 2 });
});

test("keeps the objects of earlier texts when another one is added", async () => {
  const { texts } = world();
  await texts.extend(adding("s1", "first"), now);
  const [before] = await texts.of("s1", now);
  await texts.extend(adding("s1", "second"), now);
  expect((await texts.of("s1", now))[0]).toBe(before);
});

test("writes the same text once, and again when half of its time is over", async () => {
  const { texts, counts } = world();
  for (let call = 0; call < 3; call += 1) await texts.extend(adding("s1", "first"), now + call);
  expect(counts.extend).toBe(1);
  expect((await texts.extend(adding("s1", "first"), now + keepMs / 2)).expires).toBe(now + keepMs * 1.5);
  expect(counts.extend).toBe(2);
  expect(await texts.of("s1", now + keepMs)).toEqual([cut("first")]);
});

test("ends what was added when its time is over", async () => {
  const { texts } = world();
  await texts.extend(adding("s1", "first"), now);
  expect(await texts.of("s1", now + keepMs - 1)).toEqual([cut("first")]);
  expect(await texts.of("s1", now + keepMs)).toEqual([]);
  expect((await texts.extend(adding("s1", "second"), now + keepMs)).texts).toEqual([cut("second")]);
});

test("knows after a restart what was added before, and in another process what one has added since", async () => {
  const shared = await sqliteStores(taskTextStore)();
  const one = world({}, shared.store);
  await one.texts.extend(adding("s1", "first"), now);
  const reopened = await shared.again();
  const other = world({}, reopened.store);
  expect(await other.texts.of("s1", now)).toEqual([cut("first")]);
  const [before] = await one.texts.of("s1", now);
  expect(await one.texts.of("s2", now)).toEqual([]);
  await other.texts.extend(adding("s1", "second"), now);
  await other.texts.extend(adding("s2", "third"), now);
  // Another process's write is seen in the next turn.
  await nextTurn();
  expect([await one.texts.of("s1", now), await one.texts.of("s2", now)]).toEqual([
    [cut("first"), cut("second")],
    [cut("third")],
  ]);
  expect((await one.texts.of("s1", now))[0]).toBe(before);
  await reopened.close();
  await shared.close();
});

test("does not take what it read before a text was added for what there is after", async () => {
  const real = taskTextStore(new Connection(openDatabase(":memory:")));
  let answer: () => void = () => undefined;
  const late: TaskTextStore = {
    ...real,
    async read(key, at) {
      const stored = await real.read(key, at);
      await new Promise<void>((resolve) => (answer = resolve));
      return stored;
    },
  };
  const texts = taskTexts({ store: late, clock: new TestClock(), keepMs });
  const early = texts.of("s1", now);
  // It has read by then, and is not answered yet.
  await nextTurn();
  await texts.extend(adding("s1", "first"), now);
  answer();
  expect(await early).toEqual([]);
  expect(texts.of("s1", now)).toEqual([cut("first")]);
});

test("reads again what its memory had no room for, at the cost of the client with the most", async () => {
  const long = (n: number) => `${n}`.repeat(8_000);
  // Each takes 1 + 4 places of 4 KiB; a client may have half of 40.
  const { texts, counts } = world({ bounds: { memory: 40 * 4_096, mostKeys: 100 } });
  expect(await texts.of("s0", now)).toEqual([]);
  for (let n = 0; n < 6; n += 1) await texts.extend(adding(`s${n}`, long(n)), now);
  await texts.extend(adding("honest", "short", "other-app"), now);
  expect(texts.of("honest", now)).toEqual([cut("short")]);
  expect(texts.of("s5", now)).toEqual([cut(long(5))]);
  expect(counts.read).toBe(1);
  expect(await texts.of("s0", now)).toEqual([cut(long(0))]);
  expect(counts.read).toBe(2);
});

test("forgets what the store dropped of a client that has more sessions than its share", async () => {
  const { texts } = world({ bounds: { memory: 1024 * 1024, mostKeys: 2 } });
  for (const [at, key] of ["s1", "s2", "s3"].entries()) await texts.extend(adding(key, key), now + at);
  expect(await Promise.all(["s1", "s2", "s3"].map(async (key) => texts.of(key, now)))).toEqual([
    [],
    [cut("s2")],
    [cut("s3")],
  ]);
});

test("adds nothing when the store cannot be written", async () => {
  const real = taskTextStore(new Connection(openDatabase(":memory:")));
  const full = { ...real, extend: () => Promise.reject(new Error("disk full")) };
  const texts = taskTexts({ store: full, clock: new TestClock(), keepMs });
  await expect(texts.extend(adding("s1", "first"), now)).rejects.toThrow("disk full");
  expect(await texts.of("s1", now)).toEqual([]);
});
