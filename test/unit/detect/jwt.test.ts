import { findJwts } from "../../../gateway/detect/jwt.ts";
import { parts } from "./found.ts";

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const header = encode({ alg: "RS256", kid: "1" });
const claims = encode({ sub: "alice" });

test.each([
  ["signed", `${header}.${claims}.c2lnbmF0dXJl`],
  ["unsigned", `${encode({ alg: "none" })}.${claims}.`],
  ["encrypted", `${encode({ alg: "RSA-OAEP", enc: "A256GCM" })}.a2V5.aXY.dGV4dA.dGFn`],
  ["encrypted with a shared key", `${encode({ alg: "dir", enc: "A256GCM" })}..aXY.dGV4dA.dGFn`],
])("finds a token that is %s", (_what, token) => {
  const text = `Authorization: Bearer ${token}, "x"`;
  expect(parts(text, findJwts(text))).toEqual([token]);
});

test("finds a token after a line break that is written as \\n", () => {
  const token = `${header}.${claims}.c2ln`;
  expect(parts(`a\\n${token}`, findJwts(`a\\n${token}`))).toEqual([token]);
});

test.each([
  ["JSON that is no header", `${encode({ name: "x" })}.${claims}.c2ln`],
  ["what is no JSON", "eyJhbGciOiJSUz.eyJz.c2ln"],
  ["a header alone", header],
  ["a header and a full stop", `${header}.`],
  ["the inside of a longer token", `abc${header}.${claims}.c2ln`],
  ["the claims of a token", `.${header}.${claims}.c2ln`],
])("does not take %s for a token", (_what, text) => {
  expect(findJwts(text)).toEqual([]);
});
