import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeJwt } from "jose";
import { inProcess } from "./run.ts";

const rootOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const page = readFileSync(rootOf("docs/start.md"), "utf8");
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text as string);
let gate: string;

beforeAll(async () => {
  gate = mkdtempSync(join(tmpdir(), "sallyport-start-"));
  const openapi = join(gate, "billing.openapi.yaml");
  writeFileSync(openapi, blocks[0] ?? "");
  const [, line = ""] = /-- (init gate .*)$/m.exec(page) ?? [];
  const args = line.split(" ").map((word) => (word === "gate" ? join(gate, "gate") : word));
  expect(await inProcess(args.map((word) => (word === "billing.openapi.yaml" ? openapi : word)))).toMatchObject({
    code: 0,
  });
});
afterAll(() => rmSync(gate, { recursive: true }));

test("the first steps' configuration is good, and mints a token for its route", async () => {
  const config = join(gate, "gate", "sallyport.yaml");
  const checked = await inProcess(["check", "-c", config]);
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  expect(checked.stdout).toContain("is good: 1 route, 1 issuer");
  const minted = ["token", "mint", "--sub", "bookkeeper", "--role", "bookkeeping", "--route", "billing", "-c", config];
  const { code, stdout } = await inProcess(minted);
  expect([code, decodeJwt(stdout.trim())]).toEqual([
    0,
    expect.objectContaining({ aud: "http://127.0.0.1:8700/billing", roles: ["bookkeeping"] }),
  ]);
});

test("the first steps' policy has tests and golden cases, which it keeps", async () => {
  const tested = await inProcess(["policy", "test", "-c", join(gate, "gate", "sallyport.yaml")]);
  expect(tested).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/fuel {2}bookkeeping reads[^]*6 passed, 0 failed\n$/),
  });
});
