import { readFileSync, rmSync } from "node:fs";
import { configuredFolder } from "./configured-folder.ts";
import { inProcess } from "./run.ts";

let cwd: string;
beforeAll(() => {
  cwd = configuredFolder();
});
afterAll(() => rmSync(cwd, { recursive: true }));

test("hints at a mistyped verb and exits 2", async () => {
  expect(await inProcess(["chekc"])).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean check?") });
  expect(await inProcess(["approvals", "aprove"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Did you mean approve?"),
  });
});

test("prints the version of package.json and exits 0", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  for (const flag of ["--version", "-V"])
    expect(await inProcess([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  expect((await inProcess(["--help"])).stdout).toContain("-V, --version");
});

const verbs = [
  "serve",
  "check",
  "health",
  "token mint",
  "token proof",
  "approvals list",
  "approvals show",
  "approvals approve",
  "approvals deny",
  "approvals watch",
];
verbs.push("decisions tail", "decisions search", "decisions show", "policy build", "policy check", "policy test");
