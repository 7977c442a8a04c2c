import type { IncomingMessage } from "node:http";
import { hash } from "node:crypto";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import type { Subject } from "../../../../gateway/domain/subject.ts";
import { createProofs } from "../../../../gateway/identify/dpop/proofs.ts";
import { handClock, origin } from "../fixtures.ts";
import { proof, type ProofChange, type ProofKey, proofKey, proven } from "./fixtures.ts";

const token = "a-token";
const rules = { algorithms: ["ES256"], maxAgeMs: 60_000, clockSkewMs: 0, nonce: false };
let key: ProofKey;
beforeAll(async () => {
  key = await proofKey();
});

function world() {
  const clock = handClock();
  let made = 0;
  const proofs = createProofs({ clock, ids: { make: (prefix) => `${prefix}_${(made += 1)}` }, max: 100, shared: null });
  const target = {
    origin,
    path: "/payments/v1/orders/881",
    ath: hash("sha256", token, "base64url"),
    mayOmitAth: false,
  };
  const subject = { issuer: "https://idp.example", id: "refund-bot" } as Subject;
  const check = (req: IncomingMessage, change: Partial<typeof rules> = {}) =>
    proofs.check(req, { subject, jkt: key.jkt }, target, { ...rules, ...change }).catch((thrown: unknown) => {
      return asRefusal(thrown).code;
    });
  const request = async (change: ProofChange = {}) => proven(token, [await proof(key, token, clock, change)]);
  return { clock, proofs, check, request };
}

test("accepts the proof of one request again for that request only", async () => {
  const { clock, check, request } = world();
  const req = await request();
  expect(await check(req)).toBe(false);
  clock.advance(3_600_000);
  expect(await check(req)).toBe(false);
  expect(await check(proven(token, [String(req.rawHeaders[3])]))).toBe("proof_invalid");
});

test("accepts a proof until its last millisecond, and none that is one older", async () => {
  const { clock, check, request } = world();
  const [last, late] = [await request(), await request()];
  clock.advance(60_000);
  expect(await check(last)).toBe(false);
  clock.advance(1);
  expect(await check(late)).toBe("proof_invalid");
});

test.each<[string, Record<string, unknown>, string]>([
  ["another method", { htm: "POST" }, "proof_invalid"],
  ["another path", { htu: `${origin}/payments/v1/orders/882` }, "proof_invalid"],
  ["another token", { ath: hash("sha256", "another", "base64url") }, "proof_invalid"],
])("refuses a proof for %s, and does not use it up", async (_, claims, code) => {
  const { check, request } = world();
  expect(await check(await request({ claims: { jti: "same", ...claims } }))).toBe(code);
  expect(await check(await request({ claims: { jti: "same" } }))).toBe(false);
});

test("says that a nonce is old while it still accepts it", async () => {
  const { clock, proofs, check, request } = world();
  const nonce = proofs.nonce();
  expect(await check(await request({ claims: { nonce } }), { nonce: true })).toBe(false);
  clock.advance(300_000);
  expect(await check(await request({ claims: { nonce } }), { nonce: true })).toBe(true);
  clock.advance(300_000);
  expect(await check(await request({ claims: { nonce } }), { nonce: true })).toBe("proof_nonce");
});
