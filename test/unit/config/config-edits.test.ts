import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ConfigEdits } from "../../../gateway/config/config-edits.ts";

test("tells on being asked that nothing was edited, and an edit that is known again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-edits-"));
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, "version: 1\n");
  const told: string[] = [];
  const tell = (message: string): void => void told.push(message);
  const edits = new ConfigEdits(file, { debug: tell, info: tell, warn: tell, error: tell });
  try {
    await edits.look();
    expect(told).toEqual([]);
    await edits.look(true);
    expect(told).toEqual(["the configuration is still the one that the gateway started with"]);
    appendFileSync(file, "environmnt: b\n");
    await edits.look();
    await edits.look();
    await edits.look(true);
    expect(told.slice(1)).toEqual([
      expect.stringMatching(/was edited and has mistakes.*environmnt: unknown option/s),
      expect.stringMatching(/was edited and has mistakes.*environmnt: unknown option/s),
    ]);
    expect(edits.findings()).toHaveLength(1);
  } finally {
    edits.close();
    rmSync(folder, { recursive: true });
  }
});

interface Told {
  readonly name: string;
  readonly problem: string;
  readonly fix: string;
}

test("tells that too many files are open, and not of an edit, while none can be opened; then of what is there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-edits-"));
  const file = join(folder, "sallyport.yaml");
  writeFileSync(file, "version: 1\n");
  const script = fileURLToPath(import.meta.resolve("./support/out-of-files.ts"));
  const run = 'ulimit -n 120; exec "$0" "$@"';
  const { stdout } = await promisify(execFile)("sh", ["-c", run, process.execPath, script, file]);
  rmSync(folder, { recursive: true });
  const told = JSON.parse(stdout) as Record<"before" | "during" | "after" | "edited", Told[]> &
    Record<"read" | "policy", string> & { readonly logged: readonly string[] };
  const why = "EMFILE: this process has too many files open; raise its limit (ulimit -n, LimitNOFILE of systemd)";
  expect([told.before, told.after]).toEqual([[], []]);
  expect(told.read).toContain(`sallyport.yaml:1:1 cannot be read (${why})`);
  expect(told.policy).toContain(`the policy folder cannot be read: ${why}`);
  const problem = `whether ${file} was edited, and has mistakes, is not known now: cannot be read (${why})`;
  expect(told.during).toMatchObject([{ name: "configuration-unread", severity: "degraded", problem }]);
  expect(told.during[0]?.fix).toContain("looked at again by itself");
  expect(told.edited).toMatchObject([{ name: "configuration-edit" }]);
  expect(told.logged).toEqual([
    problem,
    "the configuration is again the one that the gateway started with",
    expect.stringContaining("was edited and has mistakes"),
  ]);
});
