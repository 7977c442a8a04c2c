import { createHash } from "node:crypto";
import { digestOfArguments, textAround } from "../../../gateway/domain/arguments-digest.ts";
import { callInput } from "../../../gateway/domain/policy-input.ts";
import { digested } from "../../../gateway/domain/tool-call.ts";
import { digestAround, inputDigest } from "../../../gateway/record/decision/decision-line.ts";
import { argumentsLeftOut } from "../../../gateway/record/decision/kept-arguments.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A call whose body is this text; `asWritten`: JSON.stringify gives it again. */
function callOf(text: string, asWritten: boolean) {
  const body = Buffer.from(text);
  const value = JSON.parse(text);
  const request = { ...toolCall().request, ...digested("POST", "/v1/refunds", "application/json", body), body };
  return toolCall({ request, arguments: value, argumentsRead: { value, bytes: asWritten ? body : null } });
}

const texts = ['{"a":"é","n":[1,0.25],"more":"€ and 😀"}', '{ "a": "\\u00e9", "n": [ 1.0 ] }'];

test.each([
  [texts[0] ?? "", true],
  [texts[1] ?? "", false],
])(
  "gives the record of %s the digests of the texts that it would have, whether they are written for it or not",
  (text, asWritten) => {
    const input = callInput(callOf(text, asWritten), subject(), facts());
    const written = JSON.stringify(JSON.parse(text));
    expect(argumentsLeftOut(input, { keep: "digest", maxBytes: 0 }, [])).toEqual({
      digest: `sha256:${sha256(written)}`,
      bytes: Buffer.byteLength(written),
    });
    const around = input.aroundArguments();
    expect(around === null).toBe(!asWritten);
    if (around !== null) expect(digestAround(around)).toBe(inputDigest(input.forRecord().text));
  },
);

test("keeps all arguments up to the limit, and none of them one byte beyond it", () => {
  const [text = ""] = texts;
  const input = callInput(callOf(text, true), subject(), facts());
  const bytes = Buffer.byteLength(text);
  expect(argumentsLeftOut(input, { keep: "full", maxBytes: bytes }, [])).toBeNull();
  expect(argumentsLeftOut(input, { keep: "full", maxBytes: bytes - 1 }, [])).toMatchObject({ bytes });
});

test("knows no digest of arguments that are not what was read, as those with a query", () => {
  const call = callOf('{"a":1}', true);
  expect(digestOfArguments(call)).toEqual({ hex: sha256('{"a":1}'), bytes: 7 });
  expect(digestOfArguments({ ...call, arguments: { a: 1, b: 2 } })).toBeNull();
});

test("knows the digest of arguments that are part of the body, as those of an MCP call", () => {
  const call = callOf('{"a":1}', true);
  const body = Buffer.from('{"params":{"arguments":{"a":1}}}');
  const { hex, bytes } = digestOfArguments({ ...call, request: { ...call.request, body, bodyDigest: "other" } }) ?? {};
  expect({ hex, bytes }).toEqual({ hex: sha256('{"a":1}'), bytes: 7 });
});

test("gives the digest of a text around bytes that stand at its beginning, within it and at its end", () => {
  for (const write of [
    (one: string) => `${one}}`,
    (one: string) => `{"é":${one},"b":2}`,
    (one: string) => `{"a":${one}`,
  ])
    expect(digestAround(textAround(Buffer.from('"ü"'), write))).toBe(inputDigest(write('"ü"')));
  expect(() => textAround(Buffer.from("1"), () => "{}")).toThrow("without the bytes");
});
