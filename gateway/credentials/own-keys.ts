import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openKeyFile, readKeyFile } from "../lib/key-file.ts";
import { UnusableKey } from "../lib/private-file.ts";
import { keyId } from "./key-id.ts";

/** Signs tokens that say what a call is. */
export interface JwtSigner {
  /** A compact JWS (RFC 7515). @param typ of its header @throws CredentialFailure */
  sign(claims: object, typ: string): string | Promise<string>;
}

/** Signs with a key of the gateway's own, which everybody can look up. */
export interface OwnKeys extends JwtSigner {
  /** RFC 7517, public keys only: those that sign now and those that have signed. */
  readonly publicKeys: { readonly keys: readonly JsonWebKey[] };
  /** A compact JWS (RFC 7515), ES256. @param typ of its header */
  sign(claims: object, typ: string): string;
}

/**
 * The keys in a folder, one PEM file each: the last by name signs, all are published. So a key is changed by adding a file, and its
 * forerunner removed once nothing that it signed is valid any more. `first`: a first one is made when there is none, or must be there.
 * @throws Error when others may read a file or it holds no P-256 key
 */
export function openOwnKeys(folder: string, first: "make" | "given" = "make"): OwnKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = (): string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".pem"))
      .toSorted();
  if (names().length === 0 && first === "given")
    throw new Error(
      `${folder} holds no key that gateways of one database could share: put the same P-256 key (PEM) there for each, as ${firstName}`,
    );
  if (names().length === 0)
    openKeyFile(join(folder, firstName), () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
  const keys = names().map((name) => readKey(join(folder, name)));
  const current = keys.at(-1);
  if (current === undefined) throw new Error(`${folder} holds no key`);
  const headers = new Map<string, string>();
  function headerOf(typ: string): string {
    const known = headers.get(typ) ?? encoded({ alg: "ES256", typ, kid: current?.jwk.kid });
    headers.set(typ, known);
    return known;
  }
  return {
    publicKeys: { keys: keys.map(({ jwk }) => jwk) },
    sign(claims, typ) {
      const text = `${headerOf(typ)}.${encoded(claims)}`;
      const signature = sign("sha256", Buffer.from(text), { key: current.key, dsaEncoding: "ieee-p1363" });
      return `${text}.${signature.toString("base64url")}`;
    },
  };
}

const firstName = "0001.pem";

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** @throws UnusableKey */
function readKey(file: string): { readonly key: KeyObject; readonly jwk: JsonWebKey & { readonly kid: string } } {
  const key = readKeyFile(file);
  if (key?.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new UnusableKey(`the key file ${file} holds no P-256 key; put the key back from a backup`);
  const jwk = createPublicKey(key).export({ format: "jwk" });
  return { key, jwk: { ...jwk, kid: keyId(jwk), alg: "ES256", use: "sig" } };
}
