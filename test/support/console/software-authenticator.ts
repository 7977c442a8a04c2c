import { generateKeyPairSync, hash, sign } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";
import type { Registration } from "../../../gateway/admin/passkeys/credentials.ts";
import type { Passkey } from "../../../gateway/domain/ports.ts";

/** A key outside of any browser, so that a test can have it sign whatever a browser would not. */
export interface SoftwareAuthenticator {
  /** As the store keeps it after a registration. */
  passkey(account: string, changes?: Partial<Passkey>): Passkey;
  sign(challenge: string, how?: Signing): object;
  /** Answers a registration, without attestation. */
  register(challenge: string, how?: Pick<Signing, "flags">): Registration;
}

export interface Signing {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  /** User present and user verified, unless said otherwise. */
  readonly flags?: number;
  readonly counter?: number;
  /** One bit of the signature is changed. */
  readonly spoilt?: boolean;
}

/** https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data, with a P-256 key. */
export function softwareAuthenticator(origin: string, id = "Y3JlZGVudGlhbC0x"): SoftwareAuthenticator {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  // RFC 9052 §7: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
  const cose = Buffer.concat([
    Buffer.from("a5010203262001215820", "hex"),
    Buffer.from(x, "base64url"),
    Buffer.from("225820", "hex"),
    Buffer.from(y, "base64url"),
  ]);
  return {
    passkey: (account, changes) => ({
      id,
      account,
      label: "software",
      publicKey: cose.toString("base64url"),
      counter: 0,
      transports: [],
      synced: false,
      created_at: 0,
      used_at: null,
      ...changes,
    }),
    sign(challenge, how = {}) {
      const { type = "webauthn.get", crossOrigin = false, flags = 0x05, counter = 0 } = how;
      const clientData = Buffer.from(JSON.stringify({ type, challenge, origin: how.origin ?? origin, crossOrigin }));
      const head = Buffer.alloc(5);
      head.writeUInt8(flags, 0);
      head.writeUInt32BE(counter, 1);
      const data = Buffer.concat([hash("sha256", how.rpId ?? new URL(origin).hostname, "buffer"), head]);
      const signature = sign("sha256", Buffer.concat([data, hash("sha256", clientData, "buffer")]), privateKey);
      if (how.spoilt === true) signature[signature.length - 1]! ^= 1;
      const [client_data, authenticator_data, text] = [clientData, data, signature].map((one) =>
        one.toString("base64url"),
      );
      const response = { clientDataJSON: client_data, authenticatorData: authenticator_data, signature: text };
      return { id, rawId: id, type: "public-key", response };
    },
    register(challenge, { flags = 0x05 } = {}) {
      const clientData = Buffer.from(
        JSON.stringify({ type: "webauthn.create", challenge, origin, crossOrigin: false }),
      );
      const credential = Buffer.from(id, "base64url");
      // Attested credential data beside; a counter and an AAGUID of zeros.
      const head = Buffer.from([
        0x40 | flags,
        ...Buffer.alloc(4 + 16),
        credential.length >> 8,
        credential.length & 0xff,
      ]);
      const data = Buffer.concat([hash("sha256", new URL(origin).hostname, "buffer"), head, credential, cose]);
      const attestation = new Map<string, unknown>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", new Uint8Array(data)],
      ]);
      const attestationObject = Buffer.from(isoCBOR.encode(attestation as never)).toString("base64url");
      const response = { clientDataJSON: clientData.toString("base64url"), attestationObject, transports: ["usb"] };
      return { id, rawId: id, type: "public-key", response };
    },
  };
}
