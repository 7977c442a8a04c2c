/** node --expose-gc large-edit.ts FOLDER POLICY FILE: an edit that replaces the large data of the policy by the file; sends what it did to the process. */
import { copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { keepCompiledCode } from "../../../gateway/cli/compiled-code.ts";
import { delivery, type LargeEdit, observed, threadsEndMs, untilActive } from "./delivery.ts";
import { largeFile } from "./policies.ts";

const [folder = "", policy = "", edited = ""] = process.argv.slice(2);
keepCompiledCode();
await mkdir(folder);
const aside = join(folder, "aside.json");
await copyFile(edited, aside);
const bundles = await delivery(folder, policy);
await bundles.start();
await delay(threadsEndMs);
const before = await collected();
let ms = 0;
const edit = async (): Promise<void> => {
  ms = await untilActive(bundles, () => rename(aside, join(policy, largeFile)));
};
const figures = await observed(before, edit);
// Threads of the build end.
await bundles.close();
const keptBytes = (await collected()) - before;
process.send?.({ ms, ...figures, keptBytes } satisfies LargeEdit);
process.disconnect();

/** Resident memory without garbage of this thread. What a collection finds is freed a little later. */
async function collected(): Promise<number> {
  for (let collection = 0; collection < 2; collection += 1) {
    globalThis.gc?.();
    await delay(500);
  }
  return process.memoryUsage.rss();
}
