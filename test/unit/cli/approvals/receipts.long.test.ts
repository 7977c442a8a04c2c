import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { receipts, verify } from "../../../../gateway/cli/approvals/receipts.ts";
import { expectExamples, inProcess } from "../run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-receipts-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("refuses a receipt that cannot be read, and keys that are no key set", async () => {
  const keys = join(folder, "keys.json");
  writeFileSync(keys, '{"keys":[{}]}');
  const missing = await inProcess(["approvals", "verify", join(folder, "none.jws"), "--keys", keys]);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("none.jws cannot be read") });
  const wrong = await inProcess(["approvals", "verify", "a.b.c", "--keys", keys]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("is no key set (RFC 7517).") });
});

test("exits 1 for a receipt that no published key signed", async () => {
  const keys = join(folder, "empty.json");
  writeFileSync(keys, '{"keys":[]}');
  const done = await inProcess(["approvals", "verify", "a.b.c", "--keys", keys]);
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining("This receipt does not hold: ") });
});

test("the help of every verb has its examples", async () => {
  await expectExamples("approvals", [receipts, verify]);
});
