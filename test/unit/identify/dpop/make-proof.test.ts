import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { makeProof } from "../../../../gateway/identify/dpop/make-proof.ts";
import { openEs256Key } from "../../../../gateway/identify/es256-key-file.ts";
import { mintDevToken, openDevIssuer } from "../../../../gateway/identify/dev-issuer.ts";
import { audience, handClock, identifier, origin, route, trustedIssuer } from "../fixtures.ts";
import { judged, proven } from "./fixtures.ts";

const iss = "urn:sallyport:development:dev";
const folder = mkdtempSync(join(tmpdir(), "sallyport-proof-"));
afterAll(() => rmSync(folder, { recursive: true }));

const request = { method: "GET", url: `${origin}/payments/v1/orders/881`, token: null, nonce: null };

test("makes proofs that identification accepts, for tokens bound to their key alone", async () => {
  const clock = handClock();
  const path = join(folder, "issuer.jwk.json");
  const trusted = trustedIssuer(iss, "", { development: true, algorithms: ["ES256"], keys: { kind: "file", path } });
  const identify = identifier([trusted], clock);
  const [key, other] = ["one", "two"].map((name) => openEs256Key(join(folder, `${name}.jwk.json`)));
  if (key === undefined || other === undefined) throw new Error("no keys");
  const issuer = { ...openDevIssuer(path), issuer: iss };
  const token = mintDevToken(issuer, { sub: "bot", audience, ttl: 60, jkt: key.thumbprint }, clock.now());
  const judgedWith = async (by: typeof key, jti: string) => {
    const proof = await makeProof(by, { ...request, token }, { jti, nowMs: clock.now() });
    return judged(identify, proven(token, [proof]), route([iss]));
  };
  expect(await judgedWith(key, "p_1")).toMatchObject({ id: "bot", proof: { method: "dpop", key: key.thumbprint } });
  expect(await judgedWith(key, "p_1")).toBe("proof_replayed");
  expect(await judgedWith(other, "p_2")).toBe("proof_key");
});

test("leaves out query and fragment, and says of token and nonce only what there is", async () => {
  const key = openEs256Key(join(folder, "one.jwk.json"));
  const at = { jti: "p_1", nowMs: 1_790_000_000_999 };
  const bare = decodeJwt(await makeProof(key, { ...request, url: `${request.url}?x=/#y` }, at));
  expect(bare).toEqual({ jti: "p_1", htm: "GET", htu: request.url, iat: 1_790_000_000 });
  const full = decodeJwt(await makeProof(key, { ...request, token: "abc", nonce: "n_1" }, at));
  expect(full).toMatchObject({ nonce: "n_1", ath: "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0" });
});
