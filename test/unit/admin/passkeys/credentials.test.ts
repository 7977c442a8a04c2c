import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import * as helpers from "@simplewebauthn/server/helpers";
import { jwkOf } from "../../../../gateway/admin/passkeys/credentials.ts";
import { rocaKey } from "../../../support/identity/roca-key.ts";

/** A COSE key (RFC 9053 §2, RFC 8230 §4) as a registration carries it. */
function cose(key: KeyObject): Uint8Array<ArrayBuffer> {
  const { n = "", e = "" } = key.export({ format: "jwk" });
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64url"));
  return helpers.isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ]),
  );
}

test("reads an RSA key of an authenticator, and refuses one that is weak", () => {
  const read = (key: KeyObject) => jwkOf(cose(key), helpers);
  const good = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  expect(read(good)).toEqual(good.export({ format: "jwk" }));
  expect(() => read(createPublicKey(rocaKey()))).toThrow(/CVE-2017-15361/);
  expect(() => read(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)).toThrow(/1024 bits/);
});
