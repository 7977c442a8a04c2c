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
  ["escapes of an address, of its bytes", encodeURIComponent(secret)],
  ["escapes of an address in an address", encodeURIComponent(JSON.stringify(encodeURIComponent(secret)).slice(1, -1))],
  ["names of HTML", secret.replace("/", "&sol;").replace('"', "&quot;")],
  ["quoted-printable", escaped((code) => `=${hex(code, 2).toUpperCase()}`)],
  ["quoted-printable over two lines", `k3y/41=\r\n"f7-=C3=A4x`],
  ["two lines of a header", `k3y/4\r\n 1"f7-äx`],
  ["two lines of a header in text of JSON", JSON.stringify(`k3y/4\r\n\t1"f7-äx`)],
  ["base64 over two lines", Buffer.from(secret).toString("base64").replace(/^.{8}/, "$&\r\n")],
  [
    "base64 over two lines in an address",
    encodeURIComponent(Buffer.from(secret).toString("base64").replace(/^.{8}/, "$&\n")),
  ],
])("a secret is taken out in %s", (_what, text) => {
  const left = withoutSecrets(`said ${text}.`, [secret]);
  expect(left).toContain("[credential removed]");
  expect(left.replace("[credential removed]", "").length).toBeLessThanOrEqual("said .".length + 6);
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

test("a secret that looks escaped itself is taken out as it is, and where all of it is escaped", () => {
  const odd = String.raw`a%41b"\u0043\\=3D&amp;x`;
  for (const text of [odd, JSON.stringify(odd), JSON.stringify(JSON.stringify(odd)), encodeURIComponent(odd)])
    expect(withoutSecrets(`said ${text}.`, [odd])).toMatch(/^said [\\"]*\[credential removed\][\\"]*\.$/);
});

const lines = (text: string, end: string): string => text.replace(/.{76}/g, `$&${end}`);

/** Without a part that comes twice. */
const long = Array.from({ length: 1_400 }, (_, index) => `${index}`.padStart(4, "-_/+"))
  .join("")
  .slice(0, 4_200);

test.each([
  ["as it is", long],
  ["in text of JSON", JSON.stringify({ said: `${long}"` })],
  ["in escapes of JSON", [...long].map((char) => `\\u${hex(char.charCodeAt(0), 4)}`).join("")],
  ["in base64 with line ends", lines(Buffer.from(`user:${long}`).toString("base64"), "\n")],
  ["in base64 with line ends of mail", lines(Buffer.from(long).toString("base64"), "\r\n")],
  ["in quoted-printable", lines(long, "=\r\n")],
])("a secret of 4,200 characters is taken out %s", (_what, text) => {
  const left = withoutSecrets(`said ${text}.`, [long]);
  expect(left).toContain("[credential removed]");
  expect(left.length).toBeLessThan(60);
  expect(holdsSecret(text, [long])).toBe(true);
});

test("several secrets are taken out of one text, and what is beside them stays", () => {
  const text = `a ${encodeURIComponent(secret)} b another-secret ${secret}${secret} \\u0063 d`;
  expect(withoutSecrets(text, ["another-secret", secret])).toBe(
    "a [credential removed] b [credential removed] [credential removed][credential removed] \\u0063 d",
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
  ["backslashes", "\\".repeat(200_000), [secret, "\\\\\\\\abcdefgh", "\\\\////\\\\x"]],
  ["the beginning of a long secret, often", `${long.slice(0, 4_000)} `.repeat(50), [long]],
  ["escapes of escapes", `%${"25".repeat(100_000)}`, [secret]],
  ["numbers of HTML that do not end", `&#${"0".repeat(200_000)}`, [secret]],
  ["blanks and line ends", "= \r\n".repeat(50_000), [secret]],
])("a text of %s is looked through within a second", (_what, text, secrets) => {
  const began = performance.now();
  withoutSecrets(text, secrets);
  holdsSecret(text, secrets);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("many names are looked through for a long secret within a second", () => {
  const secrets = [long];
  const began = performance.now();
  for (let index = 0; index < 2_000; index += 1) expect(holdsSecret(`read_file_${index}`, secrets)).toBe(false);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test.each([withoutSecrets, holdsSecret])(
  "a fault while it looks ends with a name, and without what the fault says",
  (look) => {
    const faulty = Object.defineProperty({ length: 9 }, "replace", {
      get: () => {
        throw new Error(`fault near ${secret}`);
      },
    }) as unknown as string;
    let failure: unknown;
    try {
      look("text", [faulty]);
    } catch (thrown) {
      failure = thrown;
    }
    expect(failure).toMatchObject({ code: "credential_search", message: expect.not.stringContaining(secret) });
    expect((failure as Error).cause).toBeUndefined();
  },
);
