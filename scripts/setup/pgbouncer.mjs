/** A real PgBouncer for the tests of the store: one that keeps prepared statements, found on this machine or taken from Debian. */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { foundTool } from "./found-tool.mjs";
import { tools } from "./places.mjs";
import { answerOf, runCommand } from "./run-command.mjs";

/** The first that keeps prepared statements in transaction mode is 1.21. */
const oldestMinor = 21;
/** Debian 13, whose PgBouncer is 1.24; that of Debian 12 is too old. */
const release = "trixie";
/** With all that it loads: it runs with its own C library, beside whatever the machine has. */
const packages = [
  ...["pgbouncer", "libc6", "libevent-2.1-7t64", "libcares2", "libssl3t64", "libzstd1", "zlib1g"],
  ...["libpam0g", "libaudit1", "libcap-ng0", "libsystemd0", "libcap2"],
];

/** @typedef {import("./found-tool.mjs").Found} Found */

/** The path is the program. */
export const pgbouncer = foundTool("pgbouncer", [], {
  title: "PgBouncer",
  tests: "tests behind a real PgBouncer",
  // It is of another release of Debian than the machine may have, and not every mirror has that.
  optional: true,
  find: async () => (await found()) ?? (await taken()),
});

/** @returns {Promise<Found | null>} */
async function found() {
  const folders = ["/usr/sbin", "/usr/local/sbin", ...(process.env.PATH ?? "").split(delimiter)];
  for (const folder of folders.filter((name) => name !== "")) {
    const one = await usable(join(folder, "pgbouncer"));
    if (one !== null) return one;
  }
  return null;
}

/** @param {string} path @returns {Promise<Found | null>} */
async function usable(path) {
  const answer = existsSync(path) ? await answerOf(path, ["--version"]) : null;
  const [version, minor] = /^PgBouncer 1\.(\d+)\S*/.exec(answer ?? "") ?? [];
  return version !== undefined && Number(minor) >= oldestMinor ? { path, reason: version } : null;
}

/** About 10 MB to download. Nothing is installed: the packages are unpacked. @returns {Promise<Found>} */
async function taken() {
  try {
    const one = await usable(await unpacked());
    return (
      one ?? { path: null, reason: `no PgBouncer 1.${oldestMinor} or newer starts, nor that of Debian's ${release}` }
    );
  } catch (error) {
    return { path: null, reason: (error instanceof Error ? error.message : String(error)).trim().split("\n")[0] ?? "" };
  }
}

async function unpacked() {
  const [folder, draft] = [join(tools, "pgbouncer"), join(tools, `pgbouncer.${process.pid}`)];
  rmSync(draft, { recursive: true, force: true });
  try {
    const debs = await downloaded(join(draft, "apt"));
    for (const deb of debs) await runCommand("dpkg-deb", ["-x", deb, draft]);
    rmSync(join(draft, "apt"), { recursive: true });
    writeStarter(draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return join(folder, "run");
}

/** By apt-get, with lists of its own: those of the machine stay as they are. @param {string} folder @returns {Promise<string[]>} */
async function downloaded(folder) {
  for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, name), { recursive: true });
  const [sources, keys] = [join(folder, "sources.list"), "/usr/share/keyrings/debian-archive-keyring.gpg"];
  writeFileSync(sources, `deb [signed-by=${keys}] ${await mirror()} ${release} main\n`);
  const options = [
    ...[`Dir::Etc::SourceList=${sources}`, "Dir::Etc::SourceParts=/dev/null", "APT::Sandbox::User=root"],
    ...[`Dir::State::Lists=${join(folder, "lists")}`, `Dir::Cache=${join(folder, "cache")}`],
  ].flatMap((option) => ["-o", option]);
  await runCommand("apt-get", [...options, "update"]);
  await runCommand("apt-get", [...options, "download", ...packages], { cwd: folder });
  return readdirSync(folder)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(folder, name));
}

/** Where this machine takes Debian's packages from. @returns {Promise<string>} */
async function mirror() {
  const targets = await runCommand("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  const uri = targets.split("\n").find((line) => /\/debian\/?$/.test(line));
  if (uri === undefined) throw new Error("apt-get knows no mirror of Debian");
  return uri;
}

/** @param {string} folder */
function writeStarter(folder) {
  const libraries = readdirSync(join(folder, "usr/lib")).find((name) => name.endsWith("-linux-gnu")) ?? "";
  const loader = readdirSync(join(folder, "usr/lib", libraries)).find((name) => name.startsWith("ld-linux-")) ?? "";
  const inside = `"$here/usr/lib/${libraries}`;
  writeFileSync(
    join(folder, "run"),
    `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec ${inside}/${loader}" --library-path ${inside}" "$here/usr/sbin/pgbouncer" "$@"
`,
  );
  chmodSync(join(folder, "run"), 0o755);
}
