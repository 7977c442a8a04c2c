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
