/** The examples that the RFCs print. */
import { X509Certificate } from "node:crypto";
import { createClientCertificates } from "../../../../gateway/identify/certificate/trust.ts";
import { checkProofClaims, readProof } from "../../../../gateway/identify/dpop/verify-proof.ts";
import { TLSSocket } from "node:tls";
import { Socket } from "node:net";

/** RFC 9449 §7.1, Figure 12. */
const proof =
  "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR" +
  "nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwia" +
  "HRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycj" +
  "JaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoM" +
  "xhAJpLjA";
const window = { maxAgeMs: 60_000, clockSkewMs: 0 };
const call = {
  method: "GET",
  origin: "https://resource.example.org",
  path: "/protectedresource",
  ath: "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
  mayOmitAth: false,
};

test("reads the proof of RFC 9449 §7.1, with the thumbprint of §6.1 and the token hash of its access token", async () => {
  const { claims, thumbprint } = await readProof(proof, ["ES256"]);
  expect(thumbprint).toBe("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
  expect(checkProofClaims(claims, call, window, 1_562_262_618_000)).toMatchObject({ jti: "e1j3V_bKic8-LAEB" });
});

test("refuses the proof of RFC 9449 §7.1 today", async () => {
  const { claims } = await readProof(proof, ["ES256"]);
  expect(() => checkProofClaims(claims, call, window, Date.now())).toThrow(
    expect.objectContaining({ code: "proof_invalid" }),
  );
});

test("finds the thumbprint of RFC 8705 appendix A for its certificate", () => {
  const leaf = new X509Certificate(
    "-----BEGIN CERTIFICATE-----\n" +
      "MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG" +
      "SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID" +
      "SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=" +
      "\n-----END CERTIFICATE-----\n",
  );
  const socket = Object.assign(new TLSSocket(new Socket()), { getPeerX509Certificate: () => leaf });
  expect(createClientCertificates()(socket)?.x5t).toBe("A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
});

test("takes a proof without the hash of the token at a token endpoint (§5), and none with the hash of another", async () => {
  const { claims } = await readProof(proof, ["ES256"]);
  const { ath: _, ...without } = claims;
  const check = (of: typeof claims, mayOmitAth: boolean) => () =>
    checkProofClaims(of, { ...call, mayOmitAth }, window, 1_562_262_618_000);
  expect(check(without, true)()).toMatchObject({ jti: "e1j3V_bKic8-LAEB" });
  expect(check(without, false)).toThrow(expect.objectContaining({ code: "proof_invalid" }));
  expect(check({ ...claims, ath: "another" }, true)).toThrow(expect.objectContaining({ code: "proof_invalid" }));
});
