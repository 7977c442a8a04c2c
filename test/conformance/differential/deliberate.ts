import { dumpValue, isNumber, numberText } from "../../../gateway/decide/value.ts";
import type { Arguments } from "./calls.ts";

interface Deliberate {
  readonly reason: string;
  readonly when: (args: Arguments) => boolean;
}

const otherKind: Deliberate = {
  reason:
    "OPA takes the bytes of an Ed25519 key for the secret of an HMAC; a key signs only with an algorithm of its kind",
  when: (args) => /HS(?:256|384|512)/.test(args.map(dumpValue).join(" ")) && /OKP/.test(args.map(dumpValue).join(" ")),
};

const overflow: Deliberate = {
  reason: "so many years, months or days overflow in Go and give some other date; undefined here",
  when: (args) => args.slice(1).some((value) => isNumber(value) && Math.abs(Number(numberText(value))) > 1e9),
};

const indented: Deliberate = {
  reason: "a text that begins with a line break reads back the same without the number of spaces that Go's writer adds",
  when: (args) => /"\\n/.test(args.map(dumpValue).join(" ")),
};

const newer: Deliberate = {
  reason: "letters that Unicode has had since version 14; the runtime is older, and its own way is the fast one",
  when: (args) =>
    /[\u2c2f\u2c5f\ua7c0-\ua7dc\u{10570}-\u{105bc}\u{10d50}-\u{10d85}\u{16ea0}-\u{16ed3}]/u.test(
      args.map(dumpValue).join(),
    ),
};

const trailing: Deliberate = {
  reason: "OPA takes the first JSON value of a text for the key, whatever stands behind it; such a text is no key here",
  when: (args) => typeof args[1] === "string" && args[1].startsWith("{") && !isJson(args[1]),
};

const verifying = ["hs", "rs", "ps", "es"].flatMap((kind) =>
  [256, 384, 512].map((bits) => `io.jwt.verify_${kind}${bits}`),
);

const rules: Readonly<Record<string, Deliberate>> = {
  "io.jwt.encode_sign": otherKind,
  "io.jwt.encode_sign_raw": {
    reason: `${otherKind.reason}; OPA also signs some headers that are no JSON, which no reader could read`,
    when: (args) => otherKind.when(args) || !isJson(args[0]),
  },
  ...Object.fromEntries([...verifying, "io.jwt.verify_eddsa"].map((name) => [name, trailing])),
  "time.add_date": overflow,
  "yaml.marshal": indented,
  lower: newer,
  upper: newer,
};

/** Where the gateway's answer differs from OPA's on purpose. */
export function isDeliberate(name: string, args: Arguments): boolean {
  return rules[name]?.when(args) ?? false;
}

function isJson(value: unknown): boolean {
  if (typeof value !== "string") return true;
  try {
    return typeof JSON.parse(value) === "object";
  } catch {
    return false;
  }
}
