import { createPublicKey } from "node:crypto";
import fc from "fast-check";
import type { Specimens } from "./specimens.ts";
import { damaged, formsOf, fixtures, pemOf } from "./x509.ts";

/** Signing requests (PKCS #10) put together element by element; nobody looks at their signatures when they are read. */

type Part = fc.Arbitrary<Buffer>;

function element(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

const part = (tag: number, ...parts: Part[]): Part => fc.tuple(...parts).map((all) => element(tag, Buffer.concat(all)));
const hex = (...all: string[]): Part => fc.constantFrom(...all.map((text) => Buffer.from(text, "hex")));
const text = (tag: number, encoding: BufferEncoding, ...all: string[]): Part =>
  fc.constantFrom(...all.map((one) => element(tag, Buffer.from(one, encoding))));
const list = (tag: number, item: Part, minLength: number, maxLength: number): Part =>
  fc.array(item, { minLength, maxLength }).map((all) => element(tag, Buffer.concat(all)));

/** Of several lengths; two of them are no identifiers. */
const someId = hex(
  ...["0603550403", "060355040a", "0603550405", "06035504ff7f", "06092a864886f70d010907", "06092a864886f70d010902"],
  ...[
    "060a2b06010401b7d2ff7f01",
    "0601",
    "060100",
    "060388370f",
    "060a2a8fffffff7f2a8fffff7f7f",
    "06022b80",
    "06062a8ffffffff7f",
  ],
).filter((id) => id.length > 2);
const wide = (all: string): string => Buffer.from(all, "utf16le").swap16().toString("hex");
const word: Part = fc.oneof(
  text(0x0c, "utf8", "leaf", "", "é日😀", "a\u0000b"),
  text(0x0c, "hex", "ff", "c3"),
  text(0x13, "latin1", "Berlin", "*.a.example", "a&b", "a_b", "é"),
  text(0x16, "latin1", "a@b.c", "é"),
  text(0x14, "latin1", "é", "x"),
  text(0x12, "latin1", "12 3", "a"),
  text(0x1e, "hex", wide("leaf"), wide("é\u0000"), "00", "d800", "fffe", ""),
);
/** Of any type, as an attribute may be. */
const anything: Part = fc.oneof(
  { weight: 3, arbitrary: word },
  hex(
    "0101ff",
    "010100",
    "010101",
    "0100",
    "020105",
    "0202ff7f",
    "02020001",
    "02080102030405060708",
    "0209010203040506070809",
  ),
  hex(
    "0403010203",
    "0400",
    "030200a5",
    "030304f050",
    "030100",
    "0300",
    "030105",
    "0500",
    "06032a0304",
    "0a0101",
    "1a0141",
    "8001ff",
  ),
  text(0x17, "latin1", "260101000000Z", "2601010000Z", "500101000000+0100", "261301000000Z", "260101000000+0000"),
  text(0x18, "latin1", "20260101000000Z", "20260101000000.5Z", "20260101000000.50Z", "20260101000000+0130"),
  hex("3000", "3100", "30050101ff0500", "a0020500", "1f8f2a0100"),
);
const typeAndValue = part(0x30, someId, fc.oneof({ weight: 4, arbitrary: word }, anything));
const name = fc.oneof(
  {
    weight: 5,
    arbitrary: list(0x30, list(0x31, part(0x30, hex("0603550403", "060355040a", "0603550406"), word), 1, 2), 0, 2),
  },
  { weight: 1, arbitrary: list(0x30, list(0x31, typeAndValue, 0, 2), 0, 2) },
);

const keys = fixtures.flatMap(({ key }) => createPublicKey(key).export({ type: "spki", format: "der" }));
const spki = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...keys) }, damaged(fc.constantFrom(...keys)));
const [rsaHash, ecHash, ed] = ["300d06092a864886f70d01010b0500", "300a06082a8648ce3d040302", "300506032b6570"];
const pss = (hash: string, salt: string): string =>
  `304106092a864886f70d01010a3034a00f300d06096086480165030402${hash}0500a11c301a06092a864886f70d010108300d06096086480165030402${hash}0500a2030201${salt}`;
const algorithm = hex(
  ...[rsaHash, ecHash, ed, "300706032b65700500", "300306012a", "3000"],
  ...[pss("01", "20"), pss("02", "30"), pss("03", "40"), pss("01", "10"), "300d06092a864886f70d01010a3000"],
);

const generalName = fc.oneof(
  text(0x82, "latin1", "a.example", "*.b.example", "", "é"),
  text(0x81, "latin1", "a@b.c", "é"),
  text(
    0x86,
    "latin1",
    "https://a.example/b?c#d",
    "urn:a:b",
    "spiffe://t/w",
    "https://u@h",
    "https://a..b/",
    ":",
    "//é",
    "/a%2fb",
  ),
  hex(
    "87047f000001",
    "871000000000000000000000ffff7f000001",
    "871020010db8000000000000000000000001",
    "8703010203",
    "8700",
  ),
  hex("a003020101", "88032a0304", "a4023000", "a206040161"),
);
const extension = fc.oneof(
  part(
    0x30,
    hex("0603551d11"),
    hex("", "0101ff"),
    list(0x30, generalName, 0, 3).map((all) => element(4, all)),
  ),
  part(0x30, hex("0603551d0f"), hex("", "0101ff", "010100", "010101"), hex("0404030205a0")),
  part(
    0x30,
    hex("0603551d25", "0603551d13"),
    hex("", "0101ff"),
    hex("040c300a06082b06010505070302", "04023000", "0400"),
  ),
  part(0x30, someId, hex("", "0101ff", "0500"), hex("04020500", "0c0161", "")),
);
const requested = part(0x30, hex("06092a864886f70d01090e"), list(0x31, list(0x30, extension, 0, 2), 1, 1));
const attribute = fc.oneof(
  { weight: 4, arbitrary: requested },
  part(0x30, hex("06092a864886f70d010907", "06092a864886f70d010902"), list(0x31, word, 0, 2)),
  part(0x30, someId, list(0x31, anything, 0, 2)),
  part(0x30, someId, list(0x31, list(0x30, typeAndValue, 0, 2), 0, 2)),
  part(0x30, hex("06092a864886f70d01090e"), list(0x31, fc.oneof(anything, list(0x30, typeAndValue, 0, 2)), 0, 2)),
  part(0x30, someId),
  part(0x30, someId, list(0x31, anything, 0, 1), hex("0500", "ff")),
  anything,
);
const attributes = fc.oneof({ weight: 8, arbitrary: list(0xa0, attribute, 0, 3) }, hex("", "a000", "3100", "8000"));
const version = fc.oneof(
  { weight: 8, arbitrary: hex("020100") },
  hex("020101", "0201ff", "02020000", "0209010203040506070809"),
);
const signature = fc.oneof(
  { weight: 6, arbitrary: hex("0303000102") },
  hex("030304f0f0", "030304f0f1", "030100", "0300", "04020102"),
);
const info = part(0x30, version, name, spki, attributes);
const whole = part(0x30, info, algorithm, signature);
const request = damaged(whole);

/** Requests with attributes of many kinds, and with a byte that is wrong, missing or too many. */
export const requestSpecimens: Specimens = {
  "crypto.x509.parse_certificate_request": fc.oneof(
    { weight: 6, arbitrary: request.map((der) => [der.toString("base64")] as const) },
    { weight: 1, arbitrary: fc.tuple(formsOf(pemOf("CERTIFICATE REQUEST", request), request)) },
  ),
};
