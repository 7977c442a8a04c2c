import * as helpers from "@simplewebauthn/server/helpers";
import { passkeyProblem } from "../../../gateway/approvals/vote-checks.ts";
import { receiptKey, receiptClaims, verifyReceipt } from "../../../gateway/approvals/receipts.ts";
import { openSigningKey } from "../../../gateway/approvals/signing-key.ts";
import { jwkOf } from "../../../gateway/admin/passkeys/credentials.ts";
import { passkeyChallenge, type PasskeyQuestion } from "../../../gateway/domain/approval.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { approver, holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { type Signing, softwareAuthenticator } from "../../support/console/software-authenticator.ts";

const device = softwareAuthenticator("https://gate.example");
const nonce = "n_1";

function signed(about: Omit<PasskeyQuestion, "nonce">, how: Signing = {}): JsonObject {
  const { response } = device.sign(passkeyChallenge({ ...about, nonce }), how) as {
    response: { clientDataJSON: string; authenticatorData: string; signature: string };
  };
  const cose = new Uint8Array(Buffer.from(device.passkey("").publicKey, "base64url"));
  return {
    by: "webauthn",
    credential_id: "c",
    public_key: jwkOf(cose, helpers),
    rp_id: "gate.example",
    nonce,
    client_data_json: response.clientDataJSON,
    authenticator_data: response.authenticatorData,
    signature: response.signature,
  };
}

const about = { approval: "a_1", actionDigest: "sha256:1", vote: "approve", grant: null } as const;
const grant = { kind: "uses", uses: 2, seconds: 60, same: "arguments" } as const;

describe("the evidence of a passkey's vote", () => {
  test("holds for what was signed", () => {
    expect(passkeyProblem(about, signed(about))).toBeNull();
    expect(passkeyProblem({ ...about, grant }, signed({ ...about, grant }))).toBeNull();
  });

  test.each<[string, Omit<PasskeyQuestion, "nonce">]>([
    ["another approval", { ...about, approval: "a_2" }],
    ["another digest", { ...about, actionDigest: "sha256:2" }],
    ["the other decision", { ...about, vote: "deny" }],
    ["a wider permission", { ...about, grant }],
    ["two fields that run together the same way", { ...about, approval: "a_", actionDigest: "sha256:1\0a_1" }],
  ])("does not hold for %s", (_what, other) => {
    expect(passkeyProblem(other, signed(about))).toBe("its challenge is not that of this vote");
  });

  test.each<[string, Signing, string]>([
    ["another site", { origin: "https://evil.example" }, "it was made on another site"],
    ["a site whose name ends alike", { origin: "https://evilgate.example" }, "it was made on another site"],
    ["another host", { rpId: "evil.example" }, "it is for another host"],
    ["nobody verified", { flags: 0x01 }, "nobody was verified at the device"],
    ["nobody present", { flags: 0x04 }, "nobody was verified at the device"],
    ["a frame", { crossOrigin: true }, "it was made in a frame of another site"],
    ["a registration", { type: "webauthn.create" }, "it is no assertion"],
    ["a spoilt signature", { spoilt: true }, "its signature does not verify"],
  ])("does not hold with %s", (_what, how, problem) => {
    expect(passkeyProblem(about, signed(about, how))).toBe(problem);
  });

  test("does not hold when parts are missing, or under another key", () => {
    const other = softwareAuthenticator("https://gate.example").passkey("").publicKey;
    const key = jwkOf(new Uint8Array(Buffer.from(other, "base64url")), helpers);
    expect(passkeyProblem(about, { ...signed(about), public_key: key })).toBe("its signature does not verify");
    expect(passkeyProblem(about, null)).toMatch(/cannot be read/);
    for (const part of Object.keys(signed(about)).filter((name) => !["by", "credential_id"].includes(name)))
      expect(passkeyProblem(about, { ...signed(about), [part]: null })).toMatch(/cannot be read/);
  });
});

test("the desk counts no passkey on anybody's word", async () => {
  const { holds, service } = testApprovals();
  const item = await holds.open(holdRequest());
  const vote = { vote: "approve", reason: null } as const;
  for (const evidence of [null, {}, signed(about)]) {
    const cast = service.vote(item.id, item.action_digest, { ...approver, method: "passkey", evidence }, vote);
    await expect(cast).rejects.toMatchObject({ code: "passkey_refused" });
  }
  const evidence = signed({ ...about, approval: item.id, actionDigest: item.action_digest });
  const after = await service.vote(item.id, item.action_digest, { ...approver, method: "passkey", evidence }, vote);
  expect(after.state).toBe("approved");
});

test("a receipt whose passkey does not fit its vote does not hold, though it is signed", async () => {
  const dir = mkdtempSync(join(tmpdir(), "passkey-receipts-"));
  const key = receiptKey(openSigningKey(join(dir, "key.pem")));
  rmSync(dir, { recursive: true });
  const { holds, service } = testApprovals();
  const item = await holds.open(holdRequest());
  const evidence = signed({ ...about, approval: item.id, actionDigest: item.action_digest });
  const after = await service.vote(
    item.id,
    item.action_digest,
    { ...approver, method: "passkey", evidence },
    {
      vote: "approve",
      reason: null,
    },
  );
  const claims = receiptClaims(after, null, "gw-1", 0);
  expect(verifyReceipt(key.sign(claims), key.publicKeys.keys)).toMatchObject({ ok: true });
  expect(verifyReceipt(key.sign({ ...claims, action_digest: "sha256:2" }), key.publicKeys.keys)).toEqual({
    ok: false,
    problem: "the passkey of approver does not hold: its challenge is not that of this vote",
  });
});
