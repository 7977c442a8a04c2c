/** A stamp records the pins that a finished step was made from; with another hash the step runs again. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root, tools } from "./places.mjs";

/** @param {string[]} files absolute paths, hashed with their content in the given order */
export function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}:${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** @param {string} name */
const stampOf = (name) => join(tools, "stamps", name);

/** @param {string} name @param {string} hash */
export function isStamped(name, hash) {
  try {
    return readFileSync(stampOf(name), "utf8") === hash;
  } catch {
    return false;
  }
}

/** Written last and by renaming, so an interrupted step leaves no stamp. @param {string} name @param {string} hash */
export function stamp(name, hash) {
  const file = stampOf(name);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, hash);
  renameSync(draft, file);
}
