import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { siteCommand } from "../../../../gateway/cli/init/site-command.ts";

let dir: string;
const before = process.env["PATH"];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-command-"));
  for (const folder of ["bin", "other", "same"]) mkdirSync(join(dir, folder));
  writeFileSync(join(dir, "other/env"), "", { mode: 0o755 });
  symlinkSync("/usr/bin/env", join(dir, "same/env"));
  symlinkSync(process.execPath, join(dir, "bin/only-here"));
});
afterAll(() => {
  process.env["PATH"] = before;
  rmSync(dir, { recursive: true });
});

const command = (...words: readonly string[]) => siteCommand(words, join(dir, "gate"), dir);

test("names a relative program from the folder of the site, and begins where it was asked", () => {
  expect(command("./bin/only-here", "-v")).toEqual({ run: ["../bin/only-here", "-v"], cwd: ".." });
  expect(siteCommand(["gate/run"], join(dir, "gate"), dir).run).toEqual(["./run"]);
});

test("leaves an absolute program and one of the usual folders as they are", () => {
  for (const program of [process.execPath, "env"])
    expect(siteCommand([program, "-i"], dir, dir)).toEqual({ run: [program, "-i"] });
});

const inFront = (folder: string) => `${join(dir, folder)}:/usr/local/bin:/usr/bin:/bin`;

test("keeps the folder of the PATH in which alone a program is", () => {
  process.env["PATH"] = `${join(dir, "bin")}:/usr/bin`;
  expect(command("only-here")).toMatchObject({ run: ["only-here"], env: { PATH: inFront("bin") } });
  expect(command("nowhere")).toEqual({ run: ["nowhere"], cwd: ".." });
});

test("keeps the folder of the PATH in which another program of this name comes first", () => {
  process.env["PATH"] = `${join(dir, "other")}:/usr/bin`;
  expect(command("env")).toMatchObject({ env: { PATH: inFront("other") } });
  process.env["PATH"] = `${join(dir, "same")}:/usr/bin`;
  expect(command("env")).not.toHaveProperty("env");
});

test.each(["./tool", "other/tool"])("keeps the folder of the PATH in which what the script %s is run by is", (tool) => {
  process.env["PATH"] = `${join(dir, "bin")}:/usr/bin`;
  for (const line of ["#!/usr/bin/env only-here", "#! /usr/bin/env -S only-here --quiet"]) {
    writeFileSync(join(dir, tool), `${line}\n`, { mode: 0o755 });
    expect(command(tool)).toMatchObject({ cwd: "..", env: { PATH: inFront("bin") } });
  }
  writeFileSync(join(dir, tool), "#!/usr/bin/env sh\n");
  expect(command(tool)).not.toHaveProperty("env");
});
