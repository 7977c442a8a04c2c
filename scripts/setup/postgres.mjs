/** A real PostgreSQL for the tests of the store: found on this machine, or installed by its package manager. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { foundTool } from "./found-tool.mjs";
import { program } from "./places.mjs";
import { answerOf, runCommand } from "./run-command.mjs";

/** Folders that have one folder for each installed version: Debian's packages, and those of postgresql.org for other systems. */
const versions = ["/usr/lib/postgresql", "/Library/PostgreSQL", "C:\\Program Files\\PostgreSQL"];
/** That the gateway needs (`gateway/store/postgres/open.ts`). */
const oldestVersion = 13;

/** @typedef {import("./found-tool.mjs").Found} Found */

/** The path is the folder of its programs. */
export const postgres = foundTool("postgres", [], {
  title: "PostgreSQL",
  tests: "tests with a real PostgreSQL",
  outdated: ({ path }) => (path !== null && !existsSync(join(path, program("postgres"))) ? "it is gone" : null),
  find: async () => (await found()) ?? (await installed()),
});

/** The newest that starts; initdb stands beside it. @returns {Promise<Found | null>} */
async function found() {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of [...versions.flatMap(newestIn), ...onPath]) {
    if (!["postgres", "initdb"].every((name) => existsSync(join(folder, program(name))))) continue;
    const version = await answerOf(join(folder, program("postgres")), ["--version"]);
    if (version !== null && Number(/\d+/.exec(version)?.[0]) >= oldestVersion) return { path: folder, reason: version };
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
    if (process.getuid?.() !== 0)
      throw new Error(`there is none of version ${oldestVersion} or newer, and installing one by apt-get needs root`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runCommand("apt-get", ["update"], { env });
    await runCommand("apt-get", ["install", "-y", "--no-install-recommends", "postgresql"], { env });
    return (
      (await found()) ?? {
        path: null,
        reason: `apt-get: installed, but no PostgreSQL ${oldestVersion} or newer starts`,
      }
    );
  } catch (error) {
    return { path: null, reason: (error instanceof Error ? error.message : String(error)).trim().split("\n")[0] ?? "" };
  }
}
