import type { PolicyInput } from "../../../gateway/domain/policy-input.ts";
import { inputOf } from "../../unit/decide/support/compile-rego.ts";

const LONG = 200_000;

/**
 * What a caller could send at most, arranged to hurt: texts that searches dislike, words that nearly match, numbers
 * of very many digits, a graph in which everything leads everywhere. It stays within the limits on inputs.
 */
export function hostileInput(): PolicyInput {
  const document = {
    long: "a".repeat(LONG),
    half: `b${"a".repeat(LONG / 2)}`,
    wide: "ä𝄞".repeat(10_000),
    escaped: "%41%C3%A4".repeat(8_000),
    query: Array.from({ length: 8_000 }, (_, i) => `k${i}=%20`).join("&"),
    words: Array.from({ length: 2_000 }, (_, i) => `word-${i}`),
    alike: Array.from({ length: 100 }, (_, i) => `${"a".repeat(900)}${i}`),
    alike_prefixes: Array.from({ length: 100 }, (_, i) => `${"a".repeat(899)}b${i}`),
    object: Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`key${i}`, i])),
    nested: nest(50),
    complete: complete(40),
    networks: Array.from({ length: 2_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`),
    layout: "January Monday 2006 MST ".repeat(1_000),
    durations: "1h1m1s1ms".repeat(2_000),
    modulus: Buffer.alloc(2_048, 0xc5).toString("base64url"),
    digits: `1${"7".repeat(20_000)}`,
    zeros: 0,
  };
  // A number of so many digits has no JavaScript value; it is in the text alone, as a caller would send it.
  const { text } = inputOf(document);
  return { ...inputOf(document), text: text.replace('"zeros":0', `"zeros":1${"0".repeat(60_000)}1`) };
}

function nest(depth: number): object {
  return depth === 0 ? {} : { left: nest(depth - 1), right: [depth] };
}

function complete(nodes: number): Record<string, string[]> {
  const names = Array.from({ length: nodes }, (_, i) => `n${i}`);
  return Object.fromEntries(names.map((name) => [name, names]));
}
