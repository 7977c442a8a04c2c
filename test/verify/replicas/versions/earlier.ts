import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { schemaVersion } from "../../../../gateway/store/postgres/migrations.ts";
import type { FoundTool } from "../../../support/found-tool.ts";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const migration = `gateway/store/postgres/migrations/${String(schemaVersion).padStart(4, "0")}.ts`;
/** What a gateway is made of, and what it is built from. */
const parts = ["gateway", "rego", "package.json"];

/** `path`: the last commit before the newest version of the tables. There is none where the history is not there, as in a package. */
export function earlierVersion(): FoundTool {
  try {
    const made = git("log", "-1", "--format=%H", "--diff-filter=A", "--", migration);
    if (made === "") throw new Error(`no commit adds ${migration}`);
    return { path: git("rev-parse", "--verify", `${made}^`), reason: "" };
  } catch (failure) {
    const why = (failure instanceof Error ? failure.message : String(failure)).split("\n")[0];
    return { path: null, reason: `the history has no gateway of an earlier version of the tables: ${why}` };
  }
}

/** The gateway of that commit, with the packages of this one. @returns its folder @throws Error where there is none */
export async function earlierGateway(dir: string): Promise<string> {
  const { path: commit, reason } = earlierVersion();
  if (commit === null) throw new Error(reason);
  const root = join(dir, "earlier");
  await mkdir(root);
  const archive = join(dir, "earlier.tar");
  await run("git", ["archive", "--output", archive, commit, ...parts], { cwd: repository });
  await run("tar", ["-xf", archive, "-C", root]);
  await mkdir(join(root, "console"), { recursive: true });
  for (const shared of ["node_modules", ".tools", "console/dist"])
    if (existsSync(join(repository, shared))) await symlink(join(repository, shared), join(root, shared));
  return root;
}

/** As its own `sallyport store migrate` does. @returns what it says */
export async function migrateBy(root: string, url: string, dir: string): Promise<string> {
  const file = join(dir, "migration.url");
  await writeFile(file, url, { mode: 0o600 });
  const args = [join(root, "gateway/main.ts"), "store", "migrate", "--url", `file:${file}`];
  const { stdout } = await run(process.execPath, args, { cwd: root });
  return stdout;
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: repository, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
