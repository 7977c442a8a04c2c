import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { parseValue } from "../../../../gateway/decide/value.ts";
import type { Specimens } from "./specimens.ts";

const known = JSON.parse(
  readFileSync(new URL("../../../unit/decide/builtins/fixtures/certificates.json", import.meta.url), "utf8"),
) as Readonly<Record<"leaf" | "ca" | "ed" | "csr" | "key" | "cakey" | "edkey", string>>;

/** Certificates with their private keys: on a curve, RSA and Ed25519. */
export const fixtures = [
  { certificate: known.leaf, key: known.key },
  { certificate: known.ca, key: known.cakey },
  { certificate: known.ed, key: known.edkey },
];

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]*-----|\s/g, ""), "base64");
const pick = fc.constantFrom<string[]>;
const base64 = (text: string | Buffer): string => Buffer.from(text).toString("base64");

/** Bytes as they are for the most part, and with one changed, cut off or added. */
export function damaged(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const at = fc.nat({ max: 4_000 });
  const byte = fc.nat({ max: 255 });
  return fc.oneof(
    { weight: 5, arbitrary: bytes },
    { weight: 2, arbitrary: fc.tuple(bytes, at, byte).map(([all, where, value]) => changed(all, where, value)) },
    { weight: 1, arbitrary: fc.tuple(bytes, at).map(([all, end]) => all.subarray(0, end % (all.length + 1))) },
    { weight: 1, arbitrary: fc.tuple(bytes, byte).map(([all, more]) => Buffer.concat([all, Buffer.of(more)])) },
  );
}

function changed(all: Buffer, where: number, value: number): Buffer {
  const copy = Buffer.from(all);
  copy[where % copy.length] = value;
  return copy;
}

/** A PEM block, well-formed for the most part: other labels, line breaks, headers and blanks are what readers differ in. */
export function pemOf(label: string, der: fc.Arbitrary<Buffer>): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 8, arbitrary: fc.constant(label) },
    { weight: 1, arbitrary: pick("CERTIFICATE", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "X", "", " A B ") },
  );
  const lineEnd = fc.oneof(
    { weight: 6, arbitrary: fc.constant("\n") },
    pick("\r\n", " \n", "\t\r\n", "\r", "\n\n", ""),
  );
  const headers = fc.oneof(
    { weight: 6, arbitrary: fc.constant("") },
    pick("A: b\n\n", "A: b\n", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", ":\n", " \n", "\n", "*\n"),
  );
  const end = fc.oneof({ weight: 6, arbitrary: fc.constant("\n") }, pick("", " ", "\r\n", "x\n", "-\n", "\n\n"));
  return fc
    .tuple(name, name, der, lineEnd, headers, end, pick(...Array<string>(9).fill("same"), "other"))
    .map(([first, second, bytes, lines, head, tail, kind]) => {
      const body = base64(bytes).replace(/.{1,64}/g, (line) => `${line}${lines}`);
      return `-----BEGIN ${first}-----\n${head}${body}-----END ${kind === "same" ? first : second}-----${tail}`;
    });
}

/** A text in the forms in which it may be handed over. */
export function formsOf(pem: fc.Arbitrary<string>, der: fc.Arbitrary<Buffer>): fc.Arbitrary<string> {
  const around = fc.oneof(
    { weight: 5, arbitrary: fc.constant("") },
    pick("\n", " ", "\r\n", "text\n", "text", "-----BEGIN X-----\n", "-----END X-----\n", "\n-----END A", "é\n"),
  );
  const text = fc.tuple(around, pem, around).map((all) => all.join(""));
  return fc.oneof(
    { weight: 3, arbitrary: text },
    { weight: 2, arbitrary: text.map(base64) },
    { weight: 1, arbitrary: der.map(base64) },
    { weight: 1, arbitrary: fc.tuple(der.map(base64), pick("\n", " ", "=", "-")).map((all) => all.join("")) },
    { weight: 1, arbitrary: fc.tuple(text, text).map((all) => all.join("")) },
    { weight: 1, arbitrary: text.map((all) => base64(base64(all))) },
  );
}

const certificate = fc.constantFrom(derOf(known.leaf), derOf(known.ca), derOf(known.ed));
const oneCertificate = pemOf("CERTIFICATE", certificate);
const certificates = formsOf(
  fc.oneof(
    oneCertificate,
    fc.tuple(oneCertificate, oneCertificate).map((all) => all.join("")),
    pick(known.ca + known.leaf),
  ),
  fc.oneof(certificate, fc.constant(Buffer.concat([derOf(known.ca), derOf(known.leaf)]))),
);

const [ecKey, rsaKey, edKey] = [known.key, known.cakey, known.edkey].map((pem) => createPrivateKey(pem)) as [
  ReturnType<typeof createPrivateKey>,
  ReturnType<typeof createPrivateKey>,
  ReturnType<typeof createPrivateKey>,
];
const keyDer = {
  "PRIVATE KEY": [ecKey, rsaKey, edKey].map((key) => key.export({ type: "pkcs8", format: "der" })),
  "RSA PRIVATE KEY": [rsaKey.export({ type: "pkcs1", format: "der" })],
  "EC PRIVATE KEY": [ecKey.export({ type: "sec1", format: "der" })],
};
const encrypted = ecKey.export({ type: "pkcs8", format: "der", cipher: "aes-128-cbc", passphrase: "secret" });
const anyKey = fc.constantFrom(...Object.values(keyDer).flat(), encrypted);
const keyPem = fc.oneof(
  ...Object.entries(keyDer).map(([label, all]) =>
    pemOf(label, fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...all) }, anyKey)),
  ),
  pemOf("ENCRYPTED PRIVATE KEY", fc.constant(encrypted)),
  pick(rsaKey.export({ type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "secret" }) as string),
);
const keys = formsOf(
  fc.oneof(
    keyPem,
    fc.tuple(keyPem, keyPem).map((all) => all.join("")),
    oneCertificate,
  ),
  anyKey,
);
/** A certificate with its own key, each in forms of its own. */
const pairs = fc
  .constantFrom<[string, Buffer, string]>(
    [known.leaf, keyDer["PRIVATE KEY"][0] as Buffer, "PRIVATE KEY"],
    [known.leaf, keyDer["EC PRIVATE KEY"][0] as Buffer, "EC PRIVATE KEY"],
    [known.ca, keyDer["RSA PRIVATE KEY"][0] as Buffer, "RSA PRIVATE KEY"],
    [known.ca, keyDer["PRIVATE KEY"][1] as Buffer, "PRIVATE KEY"],
    [known.ed, keyDer["PRIVATE KEY"][2] as Buffer, "PRIVATE KEY"],
  )
  .chain(([pem, key, label]) => {
    const one = fc.constant(derOf(pem));
    return fc.tuple(formsOf(pemOf("CERTIFICATE", one), one), formsOf(pemOf(label, fc.constant(key)), fc.constant(key)));
  });
const options = fc.constantFrom(parseValue('{"CurrentTime": 1800000000000000000}'), parseValue("{}"));

/** Certificates and private keys in every form of PEM, whole for the most part. */
export const x509Specimens: Specimens = {
  "crypto.x509.parse_certificates": fc.tuple(certificates),
  "crypto.x509.parse_and_verify_certificates": fc.tuple(certificates),
  "crypto.x509.parse_and_verify_certificates_with_options": fc.tuple(certificates, options),
  "crypto.x509.parse_keypair": fc.oneof({ weight: 4, arbitrary: pairs }, fc.tuple(certificates, keys)),
  "crypto.x509.parse_rsa_private_key": fc.tuple(keys),
  "crypto.parse_private_keys": fc.tuple(keys),
};
