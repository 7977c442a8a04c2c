/** Child process: writes two checkpoints of a tree in a folder and prints which files it wrote, synced and removed, in their order. */
import { generateKeyPairSync } from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { relative } from "node:path";

const [dir = ""] = process.argv.slice(2);
const events: string[] = [];
const paths = new Map<number, string>();
const note = (what: string, path: unknown): void => void events.push(`${what} ${relative(dir, String(path))}`);
const { openSync, fsyncSync, renameSync, appendFileSync, rmSync } = fs;
fs.openSync = (...given) => {
  const handle = openSync(...given);
  paths.set(handle, String(given[0]));
  return handle;
};
fs.fsyncSync = (handle) => (note("sync", paths.get(handle)), fsyncSync(handle));
fs.renameSync = (from, to) => (note("place", to), renameSync(from, to));
fs.appendFileSync = (file, data, options) => (note("append", file), appendFileSync(file, data, options));
fs.rmSync = (path, options) => (note("remove", path), rmSync(path, options));
syncBuiltinESMExports();
const { leafHash } = await import("../../../gateway/lib/tlog/merkle.ts");
const { LogTree } = await import("../../../gateway/record/tree/log-tree.ts");
const { TreeFolder } = await import("../../../gateway/record/tree/tree-folder.ts");
const tree = new LogTree(new TreeFolder(dir), "example.com/log", generateKeyPairSync("ed25519").privateKey);
for (const size of [3, 258]) {
  while (tree.size < size) tree.append(leafHash(Buffer.from(String(tree.size))));
  tree.checkpoint();
}
process.stdout.write(JSON.stringify(events));
