/** Certificates for tests: authorities, intermediates, servers and workloads, made anew for every run. */
import { hash, webcrypto } from "node:crypto";
import type { Extension, JsonGeneralName, KeyUsageFlags } from "@peculiar/x509";

// The library looks for this polyfill when it is loaded, and static imports of CommonJS packages have no order here.
await import("reflect-metadata");
const x509 = await import("@peculiar/x509");
x509.cryptoProvider.set(webcrypto as never);

/** RFC 5280 §4.2.1.3. */
export const usages = x509.KeyUsageFlags;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface Identity {
  /** With those of its issuers below the root. */
  readonly certPem: string;
  readonly keyPem: string;
  /** RFC 8705 §3.1. */
  readonly x5t: string;
  readonly der: Buffer;
}

export interface Authority extends Identity {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly name: string;
  /** What goes with a certificate that it issues; empty for a root. */
  readonly chainPem: string;
}

export interface Wanted {
  readonly names?: readonly JsonGeneralName[];
  readonly ca?: boolean;
  readonly usage?: KeyUsageFlags | null;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly commonName?: string;
  /** Object identifiers of extKeyUsage (RFC 5280 §4.2.1.12); with them the certificate has a key identifier. */
  readonly purposes?: { readonly ids: readonly string[]; readonly isCritical: boolean } | undefined;
  /** Of the signature of its issuer; default: SHA-256. */
  readonly digest?: "SHA-256" | "SHA-1";
  /** Default: new ones. */
  readonly keys?: webcrypto.CryptoKeyPair;
}

export async function rootAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  return authority(name, keys, await certificate(name, keys, { name, keys }, authorityWish()), "");
}

export async function intermediate(issuer: Authority, name: string): Promise<Authority> {
  const keys = await newKeys();
  const made = await certificate(name, keys, issuer, authorityWish());
  return authority(name, keys, made, made.certPem + issuer.chainPem);
}

export async function issue(issuer: Authority, wanted: Wanted = {}): Promise<Identity> {
  const made = await certificate(wanted.commonName ?? "leaf", wanted.keys ?? (await newKeys()), issuer, wanted);
  return { ...made, certPem: made.certPem + issuer.chainPem };
}

/** Nobody vouches for it. */
export async function selfSigned(commonName: string): Promise<Identity> {
  const keys = await newKeys();
  return certificate(commonName, keys, { name: commonName, keys }, {});
}

export function workload(issuer: Authority, id: string, change: Wanted = {}): Promise<Identity> {
  return issue(issuer, { names: [{ type: "url", value: id }], ...change });
}

/** For a listener on 127.0.0.1. */
export function localServer(issuer: Authority): Promise<Identity> {
  return issue(issuer, { names: [{ type: "ip", value: "127.0.0.1" }] });
}

function authorityWish(): Wanted {
  return { ca: true, usage: usages.keyCertSign | usages.cRLSign };
}

function authority(name: string, keys: webcrypto.CryptoKeyPair, made: Identity, chainPem: string): Authority {
  return { ...made, keys, name, chainPem };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

let serial = 0;

async function certificate(
  name: string,
  keys: webcrypto.CryptoKeyPair,
  issuer: { readonly name: string; readonly keys: webcrypto.CryptoKeyPair },
  { names = [], ca = false, usage = usages.digitalSignature, purposes, digest = "SHA-256", ...dates }: Wanted,
): Promise<Identity> {
  const extensions: Extension[] = [new x509.BasicConstraintsExtension(ca, undefined, true)];
  if (usage !== null) extensions.push(new x509.KeyUsagesExtension(usage, true));
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension([...names]));
  if (purposes !== undefined)
    extensions.push(
      new x509.ExtendedKeyUsageExtension([...purposes.ids], purposes.isCritical),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    );
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: (0x100 + (serial += 1)).toString(16).padStart(4, "0"),
    subject: `CN=${name}`,
    issuer: `CN=${issuer.name}`,
    notBefore: dates.notBefore ?? new Date(Date.now() - 60_000),
    notAfter: dates.notAfter ?? new Date(Date.now() + 3_600_000),
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { ...algorithm, hash: digest },
    extensions,
  });
  const der = Buffer.from(made.rawData);
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certPem: `${made.toString("pem")}\n`,
    keyPem: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
    x5t: hash("sha256", der, "base64url"),
    der,
  };
}
