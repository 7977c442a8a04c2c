import { holdsSecret, withoutSecrets } from "../../../../gateway/cli/init/without-secrets.ts";
import { leastCpuMs } from "../../../support/cpu-time.ts";

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

const secret = 'k3y/41"f7-ax';
const escaped = (write: (code: number) => string) => [...secret].map((char) => write(char.charCodeAt(0))).join("");
const hex = (code: number, length: number) => code.toString(16).padStart(length, "0");

test.each([
  ["escapes of JSON", escaped((code) => `\\u${hex(code, 4)}`)],
  ["escapes of a program", escaped((code) => `\\x${hex(code, 2)}`)],
  ["numbers of HTML", escaped((code) => `&#${code};`)],
  ["base64", Buffer.from(secret).toString("base64")],
  ["base64url behind two bytes", Buffer.from(`a:${secret}`).toString("base64url")],
  ["base64 within more", Buffer.from(`ab:${secret}:c`).toString("base64")],
  ["hex", Buffer.from(secret).toString("hex").toUpperCase()],
  ["escapes of an address in an address", encodeURIComponent(encodeURIComponent(secret))],
])("a secret is taken out in %s", (_what, text) => {
  const left = withoutSecrets(`said ${text}.`, [secret]);
  expect(left).toContain("[credential removed]");
  // Digits of base64 beside it say bits of it and of what is beside it.
  expect(left.replace("[credential removed]", "").length).toBeLessThanOrEqual("said .".length + 8);
});

test.each([
  ["two lines of a header", `k3y/4\r\n 1"f7-ax`],
  ["base64 over two lines", Buffer.from(secret).toString("base64").replace(/^.{8}/, "$&\r\n")],
])("nothing is left of a text that has a secret in %s", (_what, text) => {
  expect(withoutSecrets(`said ${text} and more`, [secret])).toBe("[credential removed]");
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

/** Without a part that comes twice. */
const long = Array.from({ length: 1_400 }, (_, index) => `${index}`.padStart(4, "-_/+"))
  .join("")
  .slice(0, 4_200);

test.each([
  ["as it is", long],
  ["in text of JSON", JSON.stringify({ said: `${long}"` })],
  ["in base64 with line ends", Buffer.from(`user:${long}`).toString("base64").replace(/.{76}/g, "$&\n")],
])("a secret of 4,200 characters is taken out %s", (_what, text) => {
  const left = withoutSecrets(`said ${text}.`, [long]);
  expect(left).toContain("[credential removed]");
  expect(left.length).toBeLessThan(60);
});

test("several secrets are taken out of one text, and what is beside them stays", () => {
  const text = `a ${encodeURIComponent(secret)} b another-secret ${secret} ${secret} \\u0063 d`;
  expect(withoutSecrets(text, ["another-secret", secret])).toBe(
    "a [credential removed] b [credential removed] [credential removed] [credential removed] \\u0063 d",
  );
});

test.each([
  ["letters and digits of the secret", "find_sk_live_9aB3_xY_7_Qw"],
  ["its letters and digits alone, in small letters", "sklive9ab3xy7qw"],
  ["letters and digits of its base64", Buffer.from("sk-live_9aB3/xY+7=Qw").toString("base64").toLowerCase()],
])("a name with the %s repeats it", (_what, name) => {
  expect(holdsSecret(name, ["sk-live_9aB3/xY+7=Qw"])).toBe(true);
  expect(holdsSecret("sk_live_list", ["sk-live_9aB3/xY+7=Qw"])).toBe(false);
});

test.each([
  ["backslashes", "\\".repeat(50_000), [secret, "\\\\\\\\abcdefgh"]],
  ["the beginning of a long secret, often", `${long.slice(0, 4_000)} `.repeat(10), [long]],
  ["escapes of escapes", `%${"25".repeat(50_000)}`, [secret]],
])("a text of %s is looked through within a second", (_what, text, secrets) => {
  expect(leastCpuMs(() => withoutSecrets(text, secrets))).toBeLessThan(1_000);
});

test("many names are looked through for one long secret with less work than a tenth of them for as many secrets", () => {
  const look = (names: number, secretsOf: () => readonly string[]) => () => {
    for (let index = 0; index < names; index += 1) expect(holdsSecret(`read_file_${index}`, secretsOf())).toBe(false);
  };
  const secrets = [long];
  const made = leastCpuMs(look(200, () => [long]));
  expect(leastCpuMs(look(2_000, () => secrets))).toBeLessThan(made);
});
