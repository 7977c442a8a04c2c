import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";
import { jwkOf } from "../../../../gateway/admin/passkeys/credentials.ts";
import { rocaKey } from "../../../support/identity/roca-key.ts";

/** A COSE key (RFC 9053 §2, RFC 8230 §4) as a registration carries it. */
function cose(key: KeyObject): Uint8Array<ArrayBuffer> {
  const { n = "", e = "" } = key.export({ format: "jwk" });
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64url"));
  return isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ]),
  );
}

test("reads an RSA key of an authenticator, and refuses one that is weak", () => {
  const good = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  expect(jwkOf(cose(good))).toEqual(good.export({ format: "jwk" }));
  expect(() => jwkOf(cose(createPublicKey(rocaKey())))).toThrow(/CVE-2017-15361/);
  expect(() => jwkOf(cose(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey))).toThrow(/1024 bits/);
});
