import { rmSync } from "node:fs";
import { join } from "node:path";
import { check, serve } from "../../../gateway/cli/serve.ts";
import { configuredFolder } from "./configured-folder.ts";
import { expectExamples, inProcess, sallyport } from "./run.ts";

let cwd: string;
beforeAll(() => {
  cwd = configuredFolder();
});
afterAll(() => rmSync(cwd, { recursive: true }));

function path(name: string): string {
  return join(cwd, name);
}

test("checks a good configuration", async () => {
  const done = await sallyport(["check", "--json"], { cwd });
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(done.stdout)).toMatchObject({ ok: true, routes: [{ id: "payments" }, { id: "crm" }] });
});

test("prints every problem of a broken configuration and exits 2", async () => {
  const done = await sallyport(["check", "-c", "broken.yaml"], { cwd });
  expect(done).toEqual({
    code: 2,
    stdout: "",
    stderr: [
      "broken.yaml:2:1 isuers: unknown option (did you mean issuers?)",
      "broken.yaml:3:9 routes: expected a list, got a number",
      "",
    ].join("\n"),
  });
  const machine = await inProcess(["check", "-c", path("broken.yaml"), "--json"]);
  expect(JSON.parse(machine.stdout)).toMatchObject({
    ok: false,
    error: { code: "config_invalid", problems: [{ line: 2, column: 1, key: "isuers" }, { line: 3 }] },
  });
});

test("starts nothing on a broken configuration", async () => {
  const done = await inProcess(["serve", "-c", path("broken.yaml")]);
  expect(done).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("broken.yaml:2:1 isuers") });
  expect(await inProcess(["serve", "-c", path("sallyport.yaml")])).toMatchObject({ code: 0, stdout: "started\n" });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("", [serve, check]);
});
