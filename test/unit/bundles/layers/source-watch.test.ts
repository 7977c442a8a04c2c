import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SourceWatch } from "../../../../gateway/bundles/layers/source-watch.ts";

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
    begins: () => undefined,
  });
  await watch.start();
  // The timers of polls do not keep the process alive, and the test needs them to.
  const alive = setInterval(() => undefined, 1_000);
  await looked.promise;
  clearInterval(alive);
  await watch.close();
});

test("the first change of a burst is told before the look that follows it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  const seen: string[] = [];
  const looked = Promise.withResolvers<void>();
  const watch = new SourceWatch([folder], {
    ...{ debounceMs: 50, pollMs: 3_600_000 },
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
