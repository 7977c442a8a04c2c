import { mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { FSWatcher } from "chokidar";
import { SourceWatch } from "../../../../gateway/bundles/layers/source-watch.ts";
import { eventually } from "../../../support/eventually.ts";

/** For tests that ask when it looks, and nothing else. */
const nobody = { begins: () => undefined, changes: () => undefined, calms: () => undefined };

test("starts without a path to watch, and looks on the poll", async () => {
  const looked = Promise.withResolvers<void>();
  const look = () => {
    looked.resolve();
    return Promise.resolve(true);
  };
  const watch = new SourceWatch([], {
    debounceMs: 10,
    pollMs: 10,
    look,
    failed: (error) => looked.reject(error),
    ...nobody,
    isDue: () => false,
  });
  await watch.start();
  // The timers of polls do not keep the process alive, and the test needs them to.
  const alive = setInterval(() => undefined, 1_000);
  await looked.promise;
  clearInterval(alive);
  await watch.close();
});

test("what takes long is looked at rarely, unless it is due or the path leads elsewhere", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const [one, two, current] = ["one", "two", "current"].map((name) => join(folder, name)) as [string, string, string];
  await Promise.all([mkdir(one), mkdir(two)]);
  await symlink(one, current);
  let [looks, isDue] = [0, false];
  const watch = new SourceWatch([current], {
    debounceMs: 10,
    pollMs: 10,
    ...nobody,
    isDue: () => isDue,
    look: async () => {
      looks += 1;
      await setTimeout(50);
      return false;
    },
    failed: (error) => {
      throw error;
    },
  });
  await watch.start();
  const looked = (more: number): Promise<true> => eventually("a look", () => (looks >= more ? true : null));
  await looked(1);
  await setTimeout(300);
  expect(looks).toBe(1);
  await symlink(two, `${current}.new`);
  await rename(`${current}.new`, current);
  await looked(2);
  await setTimeout(300);
  expect(looks).toBe(2);
  isDue = true;
  await looked(4);
  await watch.close();
  await rm(folder, { recursive: true });
});

test("edits are announced where a path leads after a swap, even one that changes no content, and after the path was gone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const [one, two, current] = ["one", "two", "current"].map((name) => join(folder, name)) as [string, string, string];
  await Promise.all([mkdir(one), mkdir(two)]);
  await Promise.all([one, two].map((place) => writeFile(join(place, "a"), "same")));
  await symlink(one, current);
  let [edits, failures] = [0, 0];
  const watch = new SourceWatch([current], {
    debounceMs: 10,
    pollMs: 10,
    ...nobody,
    begins: () => void (edits += 1),
    isDue: () => false,
    look: () => stat(current).then(() => false),
    failed: () => void (failures += 1),
  });
  await watch.start();
  const announced = async (text: string): Promise<void> => {
    const before = edits;
    let turn = 0;
    await eventually("an announced edit", async () => {
      await writeFile(join(current, "a"), `${text} ${(turn += 1)}`);
      return edits > before ? true : null;
    });
  };
  await announced("one");
  await symlink(two, `${current}.new`);
  await rename(`${current}.new`, current);
  await announced("two");
  expect(failures).toBe(0);
  await rename(two, `${two}.away`);
  await eventually("a look that fails", () => (failures > 0 ? true : null));
  await rename(`${two}.away`, two);
  await announced("two again");
  await watch.close();
  await rm(folder, { recursive: true });
});

test("edits are announced in a folder that was removed and made anew with the same content", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const current = join(folder, "current");
  const make = () => mkdir(current).then(() => writeFile(join(current, "a"), "same"));
  await make();
  let [edits, looks] = [0, 0];
  const watch = new SourceWatch([current], {
    debounceMs: 10,
    pollMs: 50,
    ...nobody,
    begins: () => void (edits += 1),
    isDue: () => true,
    look: () => Promise.resolve(false).finally(() => void (looks += 1)),
    failed: (error) => {
      throw error;
    },
  });
  await watch.start();
  await rm(current, { recursive: true });
  await make();
  // The removal is announced before.
  const known = looks + 3;
  await eventually("three looks", () => (looks >= known ? true : null));
  const before = edits;
  let turn = 0;
  await eventually("an announced edit", async () => {
    await writeFile(join(current, "a"), `edit ${(turn += 1)}`);
    return edits > before ? true : null;
  });
  await watch.close();
  await rm(folder, { recursive: true });
});

test("nothing is watched once it is closed during its start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const watch = new SourceWatch([folder], {
    debounceMs: 10,
    pollMs: 10,
    ...nobody,
    isDue: () => false,
    look: () => Promise.resolve(false),
    failed: (error) => {
      throw error;
    },
  });
  const started = watch.start();
  await Promise.all([watch.close(), started]);
  // A handle is gone at the end of the turn of the event loop in which it is closed.
  await setImmediate();
  await setImmediate();
  expect(process.getActiveResourcesInfo()).not.toContain("FSEventWrap");
  await rm(folder, { recursive: true });
});

/** Which watchers are ready and closed, in order, until they are restored. */
function watchersSeen() {
  const seen: { readonly watcher: FSWatcher; readonly event: "ready" | "close" }[] = [];
  const { emit, close } = FSWatcher.prototype;
  FSWatcher.prototype.emit = function (this: FSWatcher, ...of: Parameters<typeof emit>) {
    if (of[0] === "ready") seen.push({ watcher: this, event: "ready" });
    return emit.apply(this, of);
  };
  FSWatcher.prototype.close = function (this: FSWatcher) {
    seen.push({ watcher: this, event: "close" });
    return close.call(this);
  };
  const restore = (): void => void Object.assign(FSWatcher.prototype, { emit, close });
  return { seen, restore };
}

test("a watcher that replaces another is closed when it has scanned", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const [one, two, current] = ["one", "two", "current"].map((name) => join(folder, name)) as [string, string, string];
  await Promise.all([mkdir(one), mkdir(two)]);
  await symlink(one, current);
  const { seen, restore } = watchersSeen();
  const closed = Promise.withResolvers<void>();
  let looks = 0;
  const watch: SourceWatch = new SourceWatch([current], {
    // No look but those of polls.
    debounceMs: 3_600_000,
    pollMs: 10,
    ...nobody,
    isDue: () => true,
    look: async () => {
      looks += 1;
      if (looks === 1) {
        await symlink(two, `${current}.new`);
        await rename(`${current}.new`, current);
      } else closed.resolve(watch.close()); // This poll has begun to replace the watcher.
      return false;
    },
    failed: closed.reject,
  });
  await watch.start();
  await closed.promise;
  restore();
  const [first, last] = seen.flatMap(({ watcher, event }) => (event === "close" ? [watcher] : []));
  expect(last).not.toBe(first);
  expect(seen.flatMap(({ watcher, event }) => (watcher === last ? [event] : []))).toEqual(["ready", "close"]);
  await rm(folder, { recursive: true });
});

test("the first change of a burst is told before the look that follows it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const seen: string[] = [];
  const looked = Promise.withResolvers<void>();
  const watch = new SourceWatch([folder], {
    debounceMs: 50,
    pollMs: 3_600_000,
    isDue: () => false,
    ...nobody,
    begins: () => void seen.push("begins"),
    look: async () => {
      seen.push("look");
      looked.resolve();
      return true;
    },
    failed: (error) => looked.reject(error),
  });
  await watch.start();
  await Promise.all(["a", "b"].map((name) => writeFile(join(folder, name), name)));
  await looked.promise;
  await watch.close();
  await rm(folder, { recursive: true });
  expect(seen.slice(0, 2)).toEqual(["begins", "look"]);
});

test("tells the begin of a burst, each change, and once that half of the quiet time has passed without one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const watch = new SourceWatch([folder], {
    debounceMs: 4_000,
    pollMs: 3_600_000,
    isDue: () => false,
    begins: tell("begins"),
    changes: tell("changes"),
    calms: tell("calms"),
    look: () => {
      told.push("look");
      return Promise.resolve(true);
    },
    failed: (error) => {
      throw error;
    },
  });
  await watch.start();
  const changed = async (name: string): Promise<void> => {
    const before = told.length;
    await writeFile(join(folder, name), "");
    await eventually("the change", () => (told.length > before ? true : null));
  };
  await changed("one");
  await changed("two");
  await eventually("a look", () => (told.includes("look") ? true : null));
  expect(told).toEqual(["begins", "changes", "changes", "calms", "look"]);
  await watch.close();
  await rm(folder, { recursive: true });
});
