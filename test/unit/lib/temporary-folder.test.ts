import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { inTemporaryFolder, removeTemporaryFolders } from "../../../gateway/lib/temporary-folder.ts";

test("a folder of its own is there while the work goes on, and gone after it, also when it fails", async () => {
  const seen: string[] = [];
  const work = async (folder: string): Promise<string> => {
    seen.push(folder);
    expect(existsSync(folder)).toBe(true);
    if (seen.length === 2) throw new Error("it fails");
    return "done";
  };
  expect(await inTemporaryFolder("sallyport-test-", work)).toBe("done");
  await expect(inTemporaryFolder("sallyport-test-", work)).rejects.toThrow("it fails");
  expect(seen[0]).not.toBe(seen[1]);
  expect(seen.map((folder) => existsSync(folder))).toEqual([false, false]);
});

test("folders of all threads of a process are removed when a signal ends it, and no others", async () => {
  const others = mkdtempSync(join(tmpdir(), "sallyport-test-others-"));
  const module = JSON.stringify(new URL("../../../gateway/lib/temporary-folder.ts", import.meta.url).href);
  const thread = new Worker(
    `import(${module}).then(({ inTemporaryFolder }) => inTemporaryFolder("sallyport-test-", (folder) => {
      require("node:worker_threads").parentPort.postMessage(folder);
      return new Promise(() => setInterval(() => undefined, 1_000));
    }));`,
    { eval: true },
  );
  const [ofThread] = (await once(thread, "message")) as [string];
  await inTemporaryFolder("sallyport-test-", async (folder) => {
    expect([folder, ofThread, others].map((one) => existsSync(one))).toEqual([true, true, true]);
    removeTemporaryFolders();
    expect([folder, ofThread, others].map((one) => existsSync(one))).toEqual([false, false, true]);
  });
  await thread.terminate();
  rmSync(others, { recursive: true });
});
