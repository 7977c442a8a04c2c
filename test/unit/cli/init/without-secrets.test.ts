import { holdsSecret, withoutSecrets } from "../../../../gateway/cli/init/without-secrets.ts";

test("a secret is taken out of a text in each of its spellings", () => {
  const hard = `1/2 "3"+4%&5\\`;
  const spelt = [
    hard,
    JSON.stringify(hard),
    JSON.stringify(hard).replaceAll("/", "\\/"),
    encodeURIComponent(hard),
    encodeURIComponent(hard).toLowerCase(),
    encodeURI(hard),
    new URLSearchParams({ s: hard }).toString(),
  ];
  for (const text of spelt) expect(withoutSecrets(text, ["1", hard])).toMatch(/^(?:"|s=)?\[credential removed\]"?$/);
});

const secret = 'k3y/41"f7-äx';
const escaped = (write: (code: number) => string) => [...secret].map((char) => write(char.charCodeAt(0))).join("");
const hex = (code: number, length: number) => code.toString(16).padStart(length, "0");

test.each([
  ["escapes of JSON", escaped((code) => `\\u${hex(code, 4)}`)],
  ["escapes of JSON in text of JSON", escaped((code) => `\\\\u${hex(code, 4).toUpperCase()}`)],
  ["escapes of a program", escaped((code) => `\\x${hex(code, 2)}`)],
  ["escapes of newer programs", escaped((code) => `\\u{${code.toString(16)}}`)],
  ["octal escapes", escaped((code) => `\\${code.toString(8)}`)],
  ["numbers of HTML", escaped((code) => `&#${code};`)],
  ["a mixture", `k3y\\/\\u0034${"1&quot;f7-&#xe4;x"}`],
  ["base64", Buffer.from(secret).toString("base64")],
  ["base64url", Buffer.from(secret).toString("base64url")],
  ["base64 behind one byte", Buffer.from(`:${secret}`).toString("base64")],
  ["base64 behind two bytes", Buffer.from(`a:${secret}`).toString("base64")],
  ["base64 within more", Buffer.from(`ab:${secret}:c`).toString("base64")],
  ["hex", Buffer.from(secret).toString("hex").toUpperCase()],
])("a secret is taken out in %s", (_what, text) => {
  const left = withoutSecrets(`said ${text}.`, [secret]);
  expect(left).toContain("[credential removed]");
  expect(left.replace("[credential removed]", "").length).toBeLessThanOrEqual("said .".length + 4);
});

test("of a secret that is base64 itself, what it says is taken out too", () => {
  const basic = Buffer.from("bot:hunter-2-hunter").toString("base64");
  expect(withoutSecrets("no user bot with hunter-2-hunter", [basic])).toBe("no user bot with [credential removed]");
});

test("a text without the secret stays as it is", () => {
  const text = 'spawn ENOENT \\u0041 &amp; %20 {"a": "b"} c2VjcmV0';
  expect(withoutSecrets(text, [secret])).toBe(text);
  expect(holdsSecret(text, [secret])).toBe(false);
});

test("a secret of a few letters is in no name", () => {
  expect(holdsSecret("dev_list", ["dev"])).toBe(false);
  expect(holdsSecret(`x ${secret}`, [secret])).toBe(true);
});
