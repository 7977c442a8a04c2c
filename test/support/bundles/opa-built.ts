import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { packEntries } from "../../../gateway/bundles/archive/entries.ts";
import { opa } from "../../unit/decide/support/compile-rego.ts";

const run = promisify(execFile);

/** A bundle that answers `text` at `data.team.told`. */
export const team = (text: string): Record<string, string> => ({
  "team/team.rego": `package team\n\ntold := ${JSON.stringify(text)}\n`,
});

/** What the real `opa build --bundle` makes of files (path → text). */
export function opaBuilt(files: Readonly<Record<string, string>>, flags: readonly string[] = []): Promise<Buffer> {
  return inFolder(async (folder) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, "src", path)), { recursive: true });
      await writeFile(join(folder, "src", path), text);
    }
    const out = join(folder, "bundle.tar.gz");
    await run(opa, ["build", "--bundle", ...flags, "--output", out, "."], { cwd: join(folder, "src") });
    return readFile(out);
  });
}

/** An archive of files that `opa build` would refuse. */
export function packed(files: Readonly<Record<string, string>>): Promise<Buffer> {
  return inFolder(async (folder) => {
    const out = join(folder, "bundle.tar.gz");
    await packEntries(
      Object.entries(files).map(([name, text]) => ({ header: { name: `/${name}` }, bytes: Buffer.from(text) })),
      out,
    );
    return readFile(out);
  });
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-built-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
