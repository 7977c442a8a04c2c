import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { consoleUrl } from "../../../../gateway/cli/common/console-client.ts";
import { type ConsoleCli, startConsoleCli } from "../console-cli.ts";
import { inProcess, sallyport } from "../run.ts";

let cli: ConsoleCli;
beforeAll(async () => {
  cli = await startConsoleCli();
});
afterAll(() => cli.close());

test("exits 5 when the password is wrong, and never shows it", async () => {
  writeFileSync(join(cli.cwd, "wrong"), "wrong-horse\n");
  const done = await inProcess([
    "approvals",
    "list",
    "--console",
    cli.running.url,
    "--user",
    "approver",
    "--password-file",
    join(cli.cwd, "wrong"),
  ]);
  expect(done.code).toBe(5);
  expect(done.stderr + done.stdout).not.toContain("wrong-horse");
});

test("takes the password from the environment or a file, and says so when it has none", async () => {
  const args = ["approvals", "list", "--json", "--console", cli.running.url, "--user", cli.running.user];
  expect((await sallyport(args, { cwd: cli.cwd, env: { SALLYPORT_PASSWORD: cli.running.password } })).code).toBe(0);
  expect(await inProcess([...args, "--password-file", "nowhere"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("cannot be read"),
  });
  expect(await inProcess(args)).toMatchObject({ code: 2, stderr: expect.stringContaining("SALLYPORT_PASSWORD") });
});

test("refuses to send a password in plain text beyond this machine", async () => {
  const done = await inProcess(["approvals", "list", "--console", "http://console.example", "--user", "a"]);
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("use https beyond loopback") });
});

test.each([
  ["https://console.example/path", "https://console.example"],
  ["http://127.0.0.1:8701", "http://127.0.0.1:8701"],
])("calls the origin of %s", (url, origin) => {
  expect(consoleUrl({ console: url, config: "no-such-file.yaml" })).toBe(origin);
});

test("refuses a console that is no URL", () => {
  expect(() => consoleUrl({ console: "console", config: "no-such-file.yaml" })).toThrow("console is not a URL.");
});
