import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { receiptKey, receipts, verifyReceipt } from "../../../gateway/approvals/receipts.ts";
import { openSigningKey } from "../../../gateway/approvals/signing-key.ts";
import { Connection } from "../../../gateway/store/connection.ts";
import { openDatabase } from "../../../gateway/store/database.ts";
import { receiptStore } from "../../../gateway/store/approvals.ts";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { TestClock } from "../../support/builders.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "receipts-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function signed() {
  const key = receiptKey(openSigningKey(join(dir, "key.pem")));
  const clock = new TestClock();
  const made = testApprovals({ clock });
  const item = await made.holds.open(holdRequest());
  const store = receiptStore(new Connection(openDatabase(":memory:")));
  const signing = receipts({ signer: key, store, clock, issuer: "gw-1", note: () => undefined });
  const after = await made.service.vote(item.id, item.action_digest, approver, {
    vote: "approve",
    reason: "order checked",
  });
  await signing.issue(after, null);
  await made.holds.consume(item.id);
  const released = await made.holds.get(item.id);
  if (released !== null) await signing.issue(released, null);
  await made.holds.finish(item.id, "delivered", "status 201", { revision: "r2", decisionId: "d_2" });
  const delivered = await made.holds.get(item.id);
  if (delivered !== null) await signing.issue(delivered, { revision: "r2", decisionId: "d_2" });
  return { key, item, kept: (await store.of(item.id)).map(({ jws }) => jws) };
}

test("signs one statement for the resolution and one for the execution, each verifiable with the published keys", async () => {
  const { key, item, kept } = await signed();
  const found = kept.map((jws) => verifyReceipt(jws, key.publicKeys.keys));
  expect(found).toMatchObject([
    {
      ok: true,
      claims: {
        approval: item.id,
        state: "approved",
        action_digest: item.action_digest,
        votes: [{ approver: "approver", vote: "approve", reason: "order checked", method: "password" }],
        bundle: { hold: "r1", release: null },
      },
    },
    {
      ok: true,
      claims: { state: "delivered", bundle: { hold: "r1", release: "r2" }, decision: { hold: "d_1", release: "d_2" } },
    },
  ]);
});

test("says nothing about the arguments themselves", async () => {
  for (const jws of (await signed()).kept) {
    const [, claims = ""] = jws.split(".");
    expect(Buffer.from(claims, "base64url").toString()).not.toContain("order_id");
  }
});

test.each([
  ["a changed claim", (jws: string) => swapClaims(jws, (claims) => ({ ...claims, state: "denied" }))],
  ["a cut signature", (jws: string) => jws.slice(0, -4)],
  ["another type", (jws: string) => swapHeader(jws, { typ: "JWT" })],
  ["no algorithm", (jws: string) => swapHeader(jws, { alg: "none" })],
  ["another key id", (jws: string) => swapHeader(jws, { kid: "other" })],
  ["no JWS at all", () => "receipt"],
])("does not hold with %s", async (_what, change) => {
  const { key, kept } = await signed();
  expect(verifyReceipt(kept[0] ?? "", key.publicKeys.keys).ok).toBe(true);
  expect(verifyReceipt(change(kept[0] ?? ""), key.publicKeys.keys).ok).toBe(false);
});

test("a statement whose votes are no list does not hold", () => {
  const key = receiptKey(openSigningKey(join(dir, "votes.pem")));
  const jws = key.sign({ approval: "a_1", votes: "dana" });
  expect(verifyReceipt(jws, key.publicKeys.keys)).toEqual({ ok: false, problem: "its votes are no list" });
});

test("keeps its key to itself, uses it again, and refuses one that others can read", () => {
  const file = join(dir, "key.pem");
  const first = receiptKey(openSigningKey(file));
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(receiptKey(openSigningKey(file)).publicKeys).toEqual(first.publicKeys);
  expect(JSON.stringify(first.publicKeys)).not.toContain('"d"');
  chmodSync(file, 0o644);
  expect(() => receiptKey(openSigningKey(file))).toThrow("can be read by others");
});

function swapClaims(jws: string, change: (claims: object) => object): string {
  const [header, claims = "", signature] = jws.split(".");
  const changed = change(JSON.parse(Buffer.from(claims, "base64url").toString()) as object);
  return [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
}

function swapHeader(jws: string, change: object): string {
  const [header = "", ...rest] = jws.split(".");
  const changed = { ...(JSON.parse(Buffer.from(header, "base64url").toString()) as object), ...change };
  return [Buffer.from(JSON.stringify(changed)).toString("base64url"), ...rest].join(".");
}
