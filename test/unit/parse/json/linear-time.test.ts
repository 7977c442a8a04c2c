import { Refusal } from "../../../../gateway/domain/errors.ts";
import { scanJson } from "../../../../gateway/parse/json/scan-json.ts";
import { slowdown } from "../../../support/slowdown.ts";

const limits = { maxDepth: 64, maxKeysPerObject: 1_000_000, maxKeys: 1_000_000, maxStringBytes: 10_000_000 };

/** Shapes that make some readers quadratic, each about `size` bytes long. */
const hostile: Record<string, (size: number) => string> = {
  "many keys in one object": (size) => `{${Array.from({ length: size / 10 }, (_, index) => `"k${index}":1`).join()}}`,
  "many keys in many objects": (size) =>
    `[${Array.from({ length: size / 20 }, (_, index) => `{"a":1,"b":${index}}`).join()}]`,
  "many escaped keys": (size) => `{${Array.from({ length: size / 16 }, (_, index) => `"\\u0061${index}":1`).join()}}`,
  "keys that share a long beginning": (size) =>
    `{${Array.from({ length: size / 220 }, (_, index) => `"${"k".repeat(200)}${index}":1`).join()}}`,
  "a string full of escapes": (size) => `["${"\\\\".repeat(size / 2)}"]`,
  "a string with an escape after each long run": (size) => `["${`${"x".repeat(60)}\\n`.repeat(size / 62)}"]`,
  "many strings, each with a long run": (size) =>
    `[${Array(Math.floor(size / 70))
      .fill(`"${"x".repeat(66)}"`)
      .join()}]`,
  "many strings, each with a colon in a long run": (size) =>
    `[${Array(Math.floor(size / 70))
      .fill(`"${"x".repeat(60)}:${"x".repeat(6)}"`)
      .join()}]`,
  "a string full of colons": (size) => `["${"12:00 ".repeat(size / 6)}"]`,
  "one long number": (size) => `[0.${"1".repeat(size)}]`,
  "many numbers that need a second look": (size) =>
    `[${Array(Math.floor(size / 24))
      .fill("0.30000000000000004e-10")
      .join()}]`,
  "only space": (size) => `[${" ".repeat(size)}]`,
  "open brackets": (size) => "[".repeat(size),
  "a fault at the very end": (size) => `[${"[],".repeat(size / 3)}x]`,
  "a duplicate at the very end": (size) => `{"a":[${"1,".repeat(size / 2)}1],"a":1}`,
};

const SMALL = 10_000;
const TIMES = 16;

test.each(Object.entries(hostile))("scans or refuses %s in time that grows with its length", async (_shape, make) => {
  const small = Buffer.from(make(SMALL));
  const large = Buffer.from(make(SMALL * TIMES));
  const many = () => Array.from({ length: TIMES }, () => scan(small));
  // As many bytes in one piece as in sixteen: quadratic time would make the one sixteen times slower.
  expect(await slowdown(() => scan(large), many, 6)).toBeLessThan(6);
});

function scan(body: Buffer): void {
  try {
    scanJson(body, limits);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
  }
}
