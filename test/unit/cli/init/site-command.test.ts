import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { siteCommand } from "../../../../gateway/cli/init/site-command.ts";

let dir: string;
const before = process.env["PATH"];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sallyport-command-"));
  mkdirSync(join(dir, "bin"));
  writeFileSync(join(dir, "words.txt"), "");
  symlinkSync(process.execPath, join(dir, "bin/only-here"));
});
afterAll(() => {
  process.env["PATH"] = before;
  rmSync(dir, { recursive: true });
});

const command = (...words: readonly string[]) => siteCommand(words, join(dir, "gate"), dir);

test("names a relative program from the folder of the site", () => {
  expect(command("./bin/only-here", "-v")).toEqual({ run: ["../bin/only-here", "-v"] });
  expect(siteCommand(["gate/run"], join(dir, "gate"), dir).run).toEqual(["./run"]);
});

test("leaves an absolute program and one of the usual folders as they are", () => {
  for (const program of [process.execPath, "env"]) expect(command(program, "-i")).toEqual({ run: [program, "-i"] });
});

test.each([["words.txt"], ["./words.txt"], ["--file=words.txt"], ["."]])(
  "begins in the folder where it was asked when the argument %s names a file there",
  (word) => {
    expect(command("env", word)).toEqual({ run: ["env", word], cwd: ".." });
    expect(siteCommand(["env", word], dir, dir)).toEqual({ run: ["env", word] });
  },
);

test("keeps the folder of the PATH in which alone a program is", () => {
  process.env["PATH"] = `${join(dir, "bin")}:/usr/bin`;
  const path = `${join(dir, "bin")}:/usr/local/bin:/usr/bin:/bin`;
  expect(command("only-here")).toEqual({ run: ["only-here"], env: { PATH: path } });
  expect(command("nowhere")).toEqual({ run: ["nowhere"] });
});
