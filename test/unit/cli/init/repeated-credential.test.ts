import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inProcess } from "../run.ts";
import { challenge, closeServers, keyedBy, startServer } from "./asked-server.ts";

let dir: string;
const at = (path: string): string => join(dir, path);

beforeAll(() => (dir = mkdtempSync(join(tmpdir(), "sallyport-repeated-"))));
afterAll(() => {
  closeServers();
  rmSync(dir, { recursive: true });
});

/** As long as tokens of providers are that have claims in them. */
const longSecret = `eyJ${"hbGciOiJSUzI1NiJ9.Zx_-".repeat(200)}`.slice(0, 4_200);

test("an honest server with a secret of 4,200 characters gets its site", async () => {
  writeFileSync(at("long"), longSecret);
  const url = await startServer(({ authorization }) => authorization === `Bearer ${longSecret}`, challenge("Bearer"));
  const given = ["--mcp", url, "--header", `Authorization: Bearer file:${at("long")}`];
  expect(await inProcess(["init", at("long-url"), ...given])).toMatchObject({ code: 0, stderr: "" });
  writeFileSync(at("long.mjs"), keyedBy(longSecret));
  const command = `"${process.execPath}" "${at("long.mjs")}"`;
  const started = ["--mcp", command, "--env", `API_KEY=file:${at("long")}`];
  expect(await inProcess(["init", at("long-command"), ...started])).toMatchObject({ code: 0, stderr: "" });
});

test("of a long secret that a command writes over many lines, no part is shown", async () => {
  const base64 = Buffer.from(longSecret).toString("base64").replace(/.{76}/g, "$&\n");
  writeFileSync(at("long"), longSecret);
  writeFileSync(
    at("writes.mjs"),
    `const text = Buffer.from(process.env.API_KEY).toString("base64").replace(/.{76}/g, "$&\\n");
process.stderr.write(("x ".repeat(40) + "\\n" + text + "\\n").repeat(Number(process.argv[2])) + "at last", () => process.exit(1));`,
  );
  for (const times of [1, 20]) {
    const command = `"${process.execPath}" "${at("writes.mjs")}" ${times}`;
    const done = await inProcess(["init", at("none"), "--mcp", command, "--env", `API_KEY=file:${at("long")}`]);
    expect(done).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/did not list its tools[^]*It wrote:\n\[credential removed\]/),
    });
    for (const line of base64.split("\n")) expect(done.stderr).not.toContain(line.slice(0, 40));
  }
});

test("a server whose name has the letters and digits of its credential is given no site", async () => {
  const key = "sk-live_9aB3/xY+7=Qw";
  writeFileSync(at("signs"), key);
  const named = keyedBy(key).replace('"name":"crm"', '"name":"sk_live_9aB3_xY_7_Qw"');
  writeFileSync(at("named.mjs"), named);
  const command = `"${process.execPath}" "${at("named.mjs")}"`;
  const done = await inProcess(["init", at("none"), "--mcp", command, "--env", `API_KEY=file:${at("signs")}`]);
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("repeats its credential") });
  expect(() => readFileSync(at("none/sallyport.yaml"))).toThrow("ENOENT");
});
