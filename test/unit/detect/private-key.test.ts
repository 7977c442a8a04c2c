import { findPrivateKeys } from "../../../gateway/detect/private-key.ts";
import { parts } from "./found.ts";

const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA";

/** The words of the label apart, so that nobody takes this file for a key. */
function pem(label: string, text = body, lineEnd = "\n"): string {
  return [`-----BEGIN ${label}-----`, text, `-----END ${label}-----`].join(lineEnd);
}

test.each(["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])(
  "finds a %s from its first line to its last",
  (label) => {
    const text = `key:\n${pem(label)}\nend`;
    expect(parts(text, findPrivateKeys(text))).toEqual([pem(label)]);
  },
);

test("finds a key whose line breaks are written as \\n", () => {
  const text = `{"key":"${pem("PRIVATE KEY", body, "\\n")}\\n"}`;
  expect(parts(text, findPrivateKeys(text))).toEqual([pem("PRIVATE KEY", body, "\\n")]);
});

test("finds two keys after another", () => {
  const text = `${pem("PRIVATE KEY")}\n${pem("EC PRIVATE KEY")}`;
  expect(findPrivateKeys(text)).toHaveLength(2);
});

test("finds a key whose end is missing, as far as it looks like one", () => {
  const text = `${pem("PRIVATE KEY").slice(0, 70)} <and so on>`;
  expect(parts(text, findPrivateKeys(text))).toEqual([`${pem("PRIVATE KEY").slice(0, 70)} `]);
});

test.each([
  ["a public key", pem("PUBLIC KEY")],
  ["a certificate", pem("CERTIFICATE")],
  ["an example of the form", pem("PRIVATE KEY", "...")],
  ["its first line", "-----BEGIN PRIVATE KEY-----"],
])("does not take %s for a private key", (_what, text) => {
  expect(findPrivateKeys(text)).toEqual([]);
});
