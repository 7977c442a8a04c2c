/**
 * A real PostgreSQL for the tests of the store: found on this machine, or installed by its package manager. What was found is written
 * to `.tools/postgres.json` as `{ "path", "reason" }`, where `path` is the folder of its programs; the tests read it. Without one they
 * are skipped with the reason, except under CI=true, where set-up fails.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { program, tools } from "./places.mjs";
import { answerOf, runCommand } from "./run-command.mjs";

const file = join(tools, "postgres.json");
const retryAfterMs = 3_600_000;
const isCi = process.env.CI === "true";
/** Folders that have one folder for each installed version: Debian's packages, and those of postgresql.org for other systems. */
const versions = ["/usr/lib/postgresql", "/Library/PostgreSQL", "C:\\Program Files\\PostgreSQL"];

/** @typedef {{ path: string | null, reason: string }} Found */

/** @type {import("./set-up.mjs").Step} */
export const postgres = {
  name: "postgresql",
  after: [],
  async missing() {
    const known = read();
    if (known === null) return "not looked for yet";
    if (known.path !== null) return existsSync(join(known.path, program("postgres"))) ? null : "it is gone";
    if (isCi || Date.now() - statSync(file).mtimeMs > retryAfterMs) return known.reason;
    process.stderr.write(`setup  tests with a real PostgreSQL will be skipped: ${known.reason}\n`);
    return null;
  },
  async install() {
    const result = (await found()) ?? (await installed());
    write(result);
    if (result.path !== null) return `${result.path}, ${result.reason}`;
    if (isCi) throw new Error(`No PostgreSQL for the tests: ${result.reason}`);
    return `none: tests with a real PostgreSQL will be skipped (${result.reason})`;
  },
};

/** The newest that starts; initdb stands beside it. @returns {Promise<Found | null>} */
async function found() {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of [...versions.flatMap(newestIn), ...onPath]) {
    if (!["postgres", "initdb"].every((name) => existsSync(join(folder, program(name))))) continue;
    const version = await answerOf(join(folder, program("postgres")), ["--version"]);
    if (version !== null) return { path: folder, reason: version.trim() };
  }
  return null;
}

/** @param {string} folder */
function newestIn(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).toSorted((a, b) => Number(b) - Number(a));
  return names.map((name) => join(folder, name, "bin"));
}

/** @returns {Promise<Found>} */
async function installed() {
  try {
    if (process.getuid?.() !== 0) throw new Error("there is none, and installing one by apt-get needs root");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runCommand("apt-get", ["update"], { env });
    await runCommand("apt-get", ["install", "-y", "--no-install-recommends", "postgresql"], { env });
    return (await found()) ?? { path: null, reason: "apt-get: installed, but no PostgreSQL starts" };
  } catch (error) {
    return { path: null, reason: (error instanceof Error ? error.message : String(error)).trim().split("\n")[0] ?? "" };
  }
}

/** @returns {Found | null} */
function read() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/** @param {Found} result */
function write(result) {
  mkdirSync(tools, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(draft, file);
}
