import { readFileSync } from "node:fs";

import { combine, texts } from "./generate.ts";

/** An authority, a leaf with every common extension, and an Ed25519 certificate, with their keys: made for this test. */
const { leaf, ca, ed, csr, key, cakey, edkey } = JSON.parse(
  readFileSync(new URL("../fixtures/certificates.json", import.meta.url), "utf8"),
) as Record<"leaf" | "ca" | "ed" | "csr" | "key" | "cakey" | "edkey", string>;

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const der = (pem: string): string => pem.replace(/-----[^-]*-----|\n/g, "");
/** Of a key, with another last number: it can be read, and does not belong to the others. */
const damaged = (pem: string): string => {
  const lines = pem.trimEnd().split("\n");
  const last = lines.at(-2) ?? "";
  return [...lines.slice(0, -2), `${last[0] === "A" ? "B" : "A"}${last.slice(1)}`, lines.at(-1), ""].join("\n");
};
const VALID = '"CurrentTime":1800000000000000000';
const OPTIONS = [
  ...["", ',"DNSName":"a.leaf.example"', ',"DNSName":"x.y.leaf.example"', ',"DNSName":"[::1]"', ',"foo":1'],
  ...['["KeyUsageClientAuth"]', '["KeyUsageCodeSigning"]', '["x"]', '{"KeyUsageAny"}'].map(
    (list) => `,"KeyUsages":${list}`,
  ),
].map((more) => `{${VALID}${more}}`);
const PAIRS = [
  [leaf, key],
  [base64(leaf), base64(key)],
  [ca, cakey],
  [ca, key],
  [ed, edkey],
  [der(ca), der(cakey)],
  [ca, damaged(cakey)],
  ["x", "y"],
] as const;

/** A request with a password, a name and extensions, one of them critical. */
const attributed = `-----BEGIN CERTIFICATE REQUEST-----
MIIBODCB3wIBADAPMQ0wCwYDVQQDDARsZWFmMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEcPrjmQVCA/kMfxGggt2ZDXgZ5EZSH0+A5y79qBu/T8mND32Xs3xBURuM
7yPvW0zNAl489HjkGukOC7E751m3A6BuMBQGCSqGSIb3DQEJAjEHDAVoZWxsbzAY
BgkqhkiG9w0BCQcxCwwJc2VjcmV0MTIzMDwGCSqGSIb3DQEJDjEvMC0wGwYDVR0R
BBQwEoIJYS5leGFtcGxlgQViQGMuZDAOBgNVHQ8BAf8EBAMCB4AwCgYIKoZIzj0E
AwIDSAAwRQIgYvCQpTlnNM1FNRG0dAhtsBir1Dzp82JZHMlNJ43eHTICIQDqHPKs
Im0wdrmxU+G67Vsy7Zj+AdhsaOIVFGGLYjtrrQ==
-----END CERTIFICATE REQUEST-----
`;

const labelled = (pem: string, label: string): string => pem.replaceAll("PRIVATE KEY", label);
/** PEM with something around its blocks, between their lines or in the place of their labels. */
const pemForms = [
  ...[`\n${cakey}`, `text\n${cakey}`, `text${cakey}`, `${cakey}text`, cakey.replaceAll("\n", "\r\n"), cakey.trimEnd()],
  ...[labelled(cakey, "EC PRIVATE KEY"), labelled(cakey, "RSA PRIVATE KEY"), labelled(key, "X PRIVATE KEY")],
  cakey.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
  cakey.replace("-----\n", "-----\nA: b\n"),
  `-----BEGIN X-----\n${cakey}`,
  cakey.replace("END PRIVATE KEY", "END X"),
];

/** DER that differs from a whole request: a time as a serial number, no list of attributes, one extension twice, PSS, a length too long. */
const serialAsTime =
  "MIGeMIGNAgEAMBoxFjAUBgNVBAUXDTI2MDEwMTAwMDAwMFoxADBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDgTX8QRVbDPx+WcxgbPhVgDB8QPjiukLSD9c+SKGeimpKalwSwu7mCjodULaPyTB41A0YTwu1KjNaFFv7q2enugETAPBgkqhkiG9w0BCQIxwwUAMAcGAytlcAUAAwMAAQI=";
const highTag =
  "MHowZAIBADAEMQAxADAqMAUGAytlcAMhAIEueEtk9YANDoQQRSxmwSNYTzzM8vuDI48Tpch2owxEoC0wJgYJKoZIhvcNAQkOMRkwFzAKBgNVHSUBAf8EADAJBgNVHREEAjAAH48qAQAwDQYJKoZIhvcNAQEKMAADAwABAg==";
const pathOnly =
  "MIIBCzCBwAIBADAbMQ0wCwYDVQQDEgQxMiAzMQowCAYDVQQGFAHpMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOBNfxBFVsM/H5ZzGBs+FWAMHxA+OK6QtIP1z5IoZ6KakpqXBLC7uYKOh1Qto/JMHjUDRhPC7UqM1oUW/urZ6e6BDMEEGCSqGSIb3DQEJDjE0MDIwGwYDVR0RBBQwEoYGL2ElMmZioAMCAQGIAyoDBDATBgNVHRMEDDAKBggrBgEFBQcDAjBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAwUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAwUAogMCAUADAwABAg==";
/** The same with another byte in the middle of every few. */
const flipped = Array.from({ length: 40 }, (_, at) => {
  const bytes = Buffer.from(der(attributed), "base64");
  bytes[at * 8] = (bytes[at * 8] as number) ^ (at % 2 === 0 ? 1 : 0x80);
  return bytes.toString("base64");
});
const requests = [serialAsTime, highTag, pathOnly, ...flipped];

export const certificateCalls = [
  ...combine("crypto.x509.parse_certificate_request", texts(...requests)),
  ...combine(
    "crypto.x509.parse_keypair",
    texts(ca, `\n${ca}`, `text\n${ca}`, base64(`\n${ca}`), leaf + ca),
    texts(...pemForms),
  ),
  ...["crypto.parse_private_keys", "crypto.x509.parse_rsa_private_key"].flatMap((name) =>
    combine(name, texts(...pemForms, ...pemForms.map(base64))),
  ),
  ...combine("crypto.x509.parse_certificates", texts(leaf, ca, ed, ca + leaf, base64(leaf), der(ca), key, "x", "")),
  ...combine("crypto.x509.parse_and_verify_certificates_with_options", texts(ca + leaf, leaf + ca, ca + ed, ca + ca), [
    ...OPTIONS,
    '{"CurrentTime":1000}',
  ]),
  ...combine("crypto.x509.parse_certificate_request", texts(csr, attributed, base64(csr), der(csr), leaf, "x")),
  ...PAIRS.flatMap(([certificate, secret]) => combine("crypto.x509.parse_keypair", texts(certificate), texts(secret))),
  ...["crypto.parse_private_keys", "crypto.x509.parse_rsa_private_key"].flatMap((name) =>
    combine(name, texts(key, cakey, edkey, base64(cakey), "x", "", key + cakey, leaf, damaged(cakey))),
  ),
];
