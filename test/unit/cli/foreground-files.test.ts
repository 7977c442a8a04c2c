import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSallyport } from "../../../gateway/cli/foreground.ts";
import { lockFolder } from "../../../gateway/store/processes.ts";

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-start-"));
  data = join(folder, "data");
  mkdirSync(data);
  mkdirSync(join(folder, "rego"));
  const route = `{ id: a, prefix: /a, protocol: http, server: a, issuers: [dev], upstream: { origin: "https://a.example" } }`;
  writeFileSync(
    join(folder, "sallyport.yaml"),
    `version: 1\ndata_dir: data\nissuers: [{ id: dev, development: true }]\nroutes: [${route}]\n`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A start that does not succeed. @returns what it wrote */
async function failedStart(): Promise<{ readonly code: number; readonly text: string }> {
  const written: string[] = [];
  const into = { write: (text: string) => written.push(text) };
  const code = await runSallyport(["serve", "-c", join(folder, "sallyport.yaml")], { stdout: into, stderr: into });
  return { code, text: written.join("") };
}

const keys = ["approval-receipts.key.pem", "decision-log.key.pem", "issuer-dev.jwk.json"];

test.each(keys)("says in one sentence that %s cannot be read, and leaves the lock of its folder", async (name) => {
  // Also root cannot read it.
  mkdirSync(join(data, name), { mode: 0o700 });
  const fix = "make it readable by the gateway's user";
  expect(await failedStart()).toEqual({
    code: 2,
    text: `the key file ${join(data, name)} cannot be read (EISDIR); ${fix}\n`,
  });
  lockFolder(data, () => "p_none").release();
});

test.each(keys)("says in one sentence that %s holds no key, or one that others can read", async (name) => {
  const file = join(data, name);
  writeFileSync(file, "x", { mode: 0o600 });
  expect(await failedStart()).toEqual({
    code: 2,
    text: expect.stringMatching(/^the key file [^\n]* holds no [^\n]*\n$/),
  });
  chmodSync(file, 0o644);
  expect(await failedStart()).toEqual({ code: 2, text: `the key file ${file} can be read by others; chmod 600 it\n` });
});

test("says in one sentence that the key of the log is of another kind", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const file = join(data, "decision-log.key.pem");
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const why = "holds no Ed25519 key; put the key back from a backup";
  expect(await failedStart()).toEqual({ code: 2, text: `the key file ${file} ${why}\n` });
});
