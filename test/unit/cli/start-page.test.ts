import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeJwt } from "jose";
import { inProcess } from "./run.ts";

const rootOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const page = readFileSync(rootOf("docs/start.md"), "utf8");
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text as string);
let gate: string;

beforeAll(() => {
  gate = mkdtempSync(join(tmpdir(), "sallyport-start-"));
  cpSync(rootOf("rego"), join(gate, "rego"), { recursive: true });
  writeFileSync(join(gate, "sallyport.yaml"), blocks[0] ?? "");
  writeFileSync(join(gate, "billing.openapi.yaml"), blocks[1] ?? "");
});
afterAll(() => rmSync(gate, { recursive: true }));

test("the first steps' configuration is good, and mints a token for its route", async () => {
  const config = join(gate, "sallyport.yaml");
  const checked = await inProcess(["check", "-c", config]);
  expect(checked).toMatchObject({ code: 0, stderr: "" });
  expect(checked.stdout).toContain("is good: 2 routes, 1 issuer");
  const minted = ["token", "mint", "--sub", "bookkeeper", "--role", "bookkeeping", "--route", "billing", "-c", config];
  const { code, stdout } = await inProcess(minted);
  expect([code, decodeJwt(stdout.trim())]).toEqual([
    0,
    expect.objectContaining({ aud: "http://127.0.0.1:8700/billing", roles: ["bookkeeping"] }),
  ]);
});

test("the first steps' lines of policy, added to the starter's, keep every test and golden case", async () => {
  for (const [index, name] of ["catalog", "entitlements", "approvers"].entries())
    appendFileSync(join(gate, `rego/sallyport/${name}/data.yaml`), blocks[index + 2] ?? "");
  const tested = await inProcess(["policy", "test", join(gate, "rego")]);
  expect(tested).toMatchObject({ code: 0, stdout: expect.stringMatching(/\d+ passed, 0 failed\n$/) });
});
