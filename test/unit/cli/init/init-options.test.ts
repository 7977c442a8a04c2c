/** Options of `init` that are refused before a server is asked or a file is written. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverName } from "../../../../gateway/cli/init/described-tool.ts";
import { answering, inProcess } from "../run.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "sallyport-init-"))));
afterEach(() => rmSync(dir, { recursive: true }));

const form = "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', starting and ending with a letter or digit.\n";
const silent = "http://127.0.0.1:1/mcp";

test.each([
  [["--approver", "Ana"], `--approver "Ana": ${form}`],
  [["--approver", "Ünï"], `--approver "Ünï": ${form}`],
  [["--approver", "a\nb"], `--approver "a⟦U+000A⟧b": ${form}`],
  [["--approver", ""], `--approver "": ${form}`],
  [["--mcp", silent, "--server", "Billing"], `--server "Billing": ${form}`],
  [["--mcp", silent, "--server", "billing_"], `--server "billing_": ${form}`],
  [
    ["--server", "foo", "--upstream", "http://127.0.0.1:1", "--role", "r"],
    "Nothing was written: --server, --upstream, --role are about a server; say which, with --openapi FILE or --mcp PLACE.\n",
  ],
  [["--role", "r"], "Nothing was written: --role is about a server; say which, with --openapi FILE or --mcp PLACE.\n"],
  [
    ["--mcp", silent, "--upstream", "http://127.0.0.1:1"],
    "error: option '--upstream <origin>' cannot be used with option '--mcp <place>'\n(add --help for what is possible)\n",
  ],
])("refuses %j", async (options, stderr) => {
  expect(await inProcess(["init", join(dir, "gate"), ...options])).toEqual({ code: 2, stdout: "", stderr });
  expect(readdirSync(dir)).toEqual([]);
});

test("refuses a name that a person types and no configuration takes", async () => {
  const done = await inProcess(["init", join(dir, "gate")], answering("Ana"));
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining(`--approver "Ana": ${form}`) });
  expect(readdirSync(dir)).toEqual([]);
});

test("calls a server with a long title by a name that a configuration takes", () => {
  expect(serverName(`${"a".repeat(39)} b`)).toBe("a".repeat(39));
});
