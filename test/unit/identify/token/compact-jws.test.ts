import { asRefusal } from "../../../../gateway/domain/errors.ts";
import { readCompactJws } from "../../../../gateway/identify/token/verify-jwt.ts";

const part = (text: string) => Buffer.from(text).toString("base64url");
const jws = (header: string, payload: string, signature = "c2ln") => `${part(header)}.${part(payload)}.${signature}`;

function hintOf(token: string): string | null {
  try {
    readCompactJws(token);
    return null;
  } catch (thrown) {
    const { code, hint } = asRefusal(thrown);
    return code === "token_invalid" ? hint : code;
  }
}

test("takes a token apart without changing it", () => {
  const token = jws('{"alg":"ES256"}', '{"sub":"bot","n":{"a":1},"text":"a:{\\"b\\":1}"}');
  expect(readCompactJws(token)).toEqual({
    token,
    header: { alg: "ES256" },
    payload: { sub: "bot", n: { a: 1 }, text: 'a:{"b":1}' },
  });
});

test.each<[string, string, string]>([
  ["two parts", `${part("{}")}.${part("{}")}`, "it is not a signed JWT"],
  ["four parts", `${jws("{}", "{}")}.x`, "it is not a signed JWT"],
  ["no signature", jws("{}", "{}", ""), "its signature is not base64url"],
  ["padding", jws("{}", "{}", "c2ln="), "its signature is not base64url"],
  ["stray bits at the end", jws("{}", "{}", "c2lnAB"), "its signature is not base64url"],
  ["a payload that is a list", jws("{}", "[]"), "its payload is not a JSON object"],
  ["a header that is no JSON", jws("{", "{}"), "its header is not JSON"],
  ["a byte order mark", jws("\uFEFF{}", "{}"), "its header is not JSON"],
  [
    "bytes that are not UTF-8",
    `${part("{}")}.${Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url")}.c2ln`,
    "its payload is not JSON",
  ],
  ["a claim twice", jws("{}", '{"sub":"a","sub":"b"}'), "its payload has a name twice"],
  ["a claim twice, once escaped", jws("{}", '{"sub":"a","s\\u0075b":"b"}'), "its payload has a name twice"],
  ["a claim twice inside a list", jws("{}", '{"a":[{"b":1,"b":2}]}'), "its payload has a name twice"],
])("refuses a token with %s", (_, token, hint) => {
  expect(hintOf(token)).toBe(hint);
});
