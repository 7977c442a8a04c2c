/**
 * Programs that only tests need. What was found is written to `.tools/<name>.json` as `{ "path", "reason", "optional" }`, and the tests read it.
 * Without one they are skipped with the reason, except in CI (`CI` is set, and not to false), where set-up fails unless the tool is optional.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tools } from "./places.mjs";

const retryAfterMs = 3_600_000;
const { CI = "" } = process.env;
const isCi = CI !== "" && CI !== "false";

/** @typedef {{ path: string | null, reason: string, pins?: string }} Found `pins`: what it was made from */

/**
 * @typedef {object} Tool
 * @property {string} title its name for people
 * @property {string} tests what is skipped without it
 * @property {boolean} [optional] whether its tests may be skipped in CI, too
 * @property {(known: Found) => string | null} [outdated] why what was found before must be looked for again
 * @property {() => Promise<Found>} find finds or installs it
 */

/**
 * @param {string} name @param {string[]} after @param {Tool} tool
 * @returns {import("./set-up.mjs").Step}
 */
export function foundTool(name, after, { title, tests, optional = false, outdated = () => null, find }) {
  const isRequired = isCi && !optional;
  const file = join(tools, `${name}.json`);
  return {
    name,
    after,
    async missing() {
      const known = read(file);
      if (known === null) return "not looked for yet";
      const why = outdated(known);
      if (why !== null) return why;
      if (known.path !== null) return existsSync(known.path) ? null : "it is gone";
      if (isRequired || Date.now() - statSync(file).mtimeMs > retryAfterMs) return known.reason;
      process.stderr.write(`setup  ${tests} will be skipped: ${known.reason}\n`);
      return null;
    },
    async install() {
      const found = await find();
      write(file, { ...found, optional });
      if (found.path !== null) return `${found.path}, ${found.reason}`;
      if (isRequired) throw new Error(`No ${title} for the tests: ${found.reason}`);
      return `none: ${tests} will be skipped (${found.reason})`;
    },
  };
}

/** @param {string} file @returns {Found | null} */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/** @param {string} file @param {Found & { optional: boolean }} found */
function write(file, found) {
  mkdirSync(tools, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(found, null, 2)}\n`);
  renameSync(draft, file);
}
