import { X509Certificate } from "node:crypto";
import { checkSvid, keyUsageOf } from "../../../../gateway/identify/certificate/x509-svid.ts";
import { type Authority, issue, rootAuthority, usages } from "../../../support/certificates.ts";

let root: Authority;
beforeAll(async () => {
  root = await rootAuthority("root");
});

test.each([
  ["digitalSignature", usages.digitalSignature, { digitalSignature: true, keyCertSign: false, cRLSign: false }],
  ["keyCertSign", usages.keyCertSign, { digitalSignature: false, keyCertSign: true, cRLSign: false }],
  ["cRLSign", usages.cRLSign, { digitalSignature: false, keyCertSign: false, cRLSign: true }],
  ["none of the three", usages.keyAgreement, { digitalSignature: false, keyCertSign: false, cRLSign: false }],
  ["a bit of the second byte", usages.decipherOnly, { digitalSignature: false, keyCertSign: false, cRLSign: false }],
])("reads %s", async (_, usage, expected) => {
  expect(keyUsageOf((await issue(root, { usage })).der)).toEqual(expected);
});

test("finds none in a certificate without it", async () => {
  expect(keyUsageOf((await issue(root, { usage: null })).der)).toBeNull();
});

test("does not take the same bytes for it in another place", async () => {
  const decoy = "KeyUsage is U\u001d\u000f here";
  const { der } = await issue(root, { usage: null, names: [{ type: "dns", value: decoy }] });
  expect(der.includes(Buffer.from([0x55, 0x1d, 0x0f]))).toBe(true);
  expect(keyUsageOf(der)).toBeNull();
});

test("refuses every certificate that is cut short, instead of finding no usage in it", async () => {
  const { der } = await issue(root);
  for (let length = 0; length < der.length; length += 1) expect(() => keyUsageOf(der.subarray(0, length))).toThrow();
});

test("takes no authority for the issuer that has its name alone, and not its key", async () => {
  const namesake = await rootAuthority("root");
  const leaf = new X509Certificate((await issue(namesake)).der);
  // Where several domains are trusted, OpenSSL says only that one of their authorities vouches for it.
  const certificate = { leaf, x5t: "", authorized: true, weakness: null };
  const check = ({ certPem }: Authority): void =>
    checkSvid(certificate, { pem: certPem, certificates: [new X509Certificate(certPem)] }, false, Date.now());
  expect(() => check(namesake)).not.toThrow();
  expect(() => check(root)).toThrow(expect.objectContaining({ code: "certificate_invalid" }) as Error);
});
