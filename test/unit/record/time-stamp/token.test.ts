import { X509Certificate } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { MessageImprint, TimeStampReq, TimeStampReqVersion } from "@peculiar/asn1-tsp";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { hash } from "node:crypto";
import { verifyTimeStamp } from "../../../../gateway/record/time-stamp/token.ts";
import { type Authority, issue, intermediate, rootAuthority, type Wanted } from "../../../support/certificates.ts";
import { TimeStampAuthority } from "../../../support/time-stamp/authority.ts";
import { resigned, type Resigning, signedWithPss } from "../../../support/time-stamp/resigned.ts";

const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
const data = Buffer.from("a checkpoint");

/** RFC 3161 §2.4.1, DER. */
const request = Buffer.from(
  AsnConvert.serialize(
    new TimeStampReq({
      version: TimeStampReqVersion.v1,
      messageImprint: new MessageImprint({
        hashAlgorithm: new AlgorithmIdentifier({ algorithm: "2.16.840.1.101.3.4.2.1", parameters: null }),
        hashedMessage: new OctetString(hash("sha256", data, "buffer")),
      }),
      certReq: true,
    }),
  ),
);

async function responseOf(
  authority: TimeStampAuthority,
): Promise<{ readonly response: Buffer; readonly root: X509Certificate }> {
  try {
    return { response: await authority.reply(request), root: authority.root };
  } finally {
    await authority.remove();
  }
}

let root: Authority;
let token: Buffer;
beforeAll(async () => {
  root = await rootAuthority("Stamps");
  ({ response: token } = await responseOf(new TimeStampAuthority()));
});

const forStamps = { commonName: "signer", purposes: { ids: [TIME_STAMPING], isCritical: true } };
const signer = (wanted: Wanted = forStamps) => issue(root, wanted);
const verified = (how: Resigning) => verifyTimeStamp(resigned(token, how), data, [new X509Certificate(root.der)]);

test("holds with a certificate for time stamps alone, which leads to one that is trusted", async () => {
  expect(verified({ chain: [await signer()] })).toMatchObject({ isTrusted: true, authority: "CN=signer" });
  const below = await intermediate(root, "below");
  const chain = [await issue(below, forStamps), below];
  expect(verified({ chain })).toMatchObject({ isTrusted: true });
  const other = await rootAuthority("Others");
  expect(verified({ chain: [await issue(other, forStamps), other] })).toMatchObject({ isTrusted: false });
});

const alone = "not one for time stamps alone";
const day = 86_400_000;
test.each<[what: string, wanted: Wanted, why: string]>([
  ["without a purpose", {}, alone],
  ["whose purpose may be overlooked", { purposes: { ids: [TIME_STAMPING], isCritical: false } }, alone],
  ["with another purpose", { purposes: { ids: [CODE_SIGNING], isCritical: true } }, alone],
  ["with two purposes", { purposes: { ids: [TIME_STAMPING, CODE_SIGNING], isCritical: true } }, alone],
  [
    "that is over",
    { ...forStamps, notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) },
    "was not valid",
  ],
  ["that is signed with SHA-1", { ...forStamps, digest: "SHA-1" }, "is signed with MD5 or SHA-1"],
])("does not hold with a certificate %s", async (_what, wanted, why) => {
  const chain = [await signer(wanted)];
  expect(() => verified({ chain })).toThrow(why);
});

test("is signed by the certificate that it names in both ways, and by no other of its chain", async () => {
  const [one, other] = [await signer(), await signer()];
  expect(verified({ chain: [one, other], named: [one, other] })).toMatchObject({ isTrusted: true });
  const missing = "the certificate that signs it is not there";
  expect(() => verified({ chain: [one, other], named: [other, one] })).toThrow(missing);
  expect(() => verified({ chain: [one, other], named: [] })).toThrow(missing);
  const keyId = hash(
    "sha1",
    Buffer.from(new X509Certificate(one.der).publicKey.export({ format: "der", type: "spki" }).subarray(26)),
    "buffer",
  );
  expect(verified({ chain: [one, other], keyId })).toMatchObject({ isTrusted: true });
  expect(() => verified({ chain: [one, other], keyId: Buffer.alloc(20) })).toThrow(missing);
});

test("holds when it names the certificates above the one that signs", async () => {
  const { response, root: anchor } = await responseOf(new TimeStampAuthority("ec", { namesChain: true }));
  expect(verifyTimeStamp(response, data, [anchor])).toMatchObject({ isTrusted: true, authority: "CN=Stamp Authority" });
});

test("holds when it is signed with RSASSA-PSS, and not when that is another key's or of other data", async () => {
  const [authority, other] = [new TimeStampAuthority("rsa"), new TimeStampAuthority("rsa")];
  try {
    const response = await authority.reply(request);
    const signed = signedWithPss(response, authority.keyPem);
    expect(verifyTimeStamp(signed, data, [authority.root])).toMatchObject({ isTrusted: true });
    expect(() => verifyTimeStamp(signed, Buffer.from("another"), [authority.root])).toThrow("over other data");
    expect(() => verifyTimeStamp(signedWithPss(response, other.keyPem), data, [authority.root])).toThrow(
      "its signature does not hold",
    );
  } finally {
    for (const one of [authority, other]) await one.remove();
  }
});
