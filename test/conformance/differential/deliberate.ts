import { dumpValue } from "../../../gateway/decide/value.ts";
import type { Arguments } from "./calls.ts";

interface Deliberate {
  readonly reason: string;
  readonly when: (args: Arguments) => boolean;
}

const otherKind: Deliberate = {
  reason: "OPA takes the bytes of an Ed25519 key for the secret of an HMAC; a key signs only with an algorithm of its kind",
  when: (args) => /HS(?:256|384|512)/.test(args.map(dumpValue).join(" ")) && /OKP/.test(args.map(dumpValue).join(" ")),
};

/** Where the gateway's answer differs from OPA's on purpose. */
const rules: Readonly<Record<string, Deliberate>> = {
  "io.jwt.encode_sign": otherKind,
  "io.jwt.encode_sign_raw": otherKind,
};

export function isDeliberate(name: string, args: Arguments): boolean {
  return rules[name]?.when(args) ?? false;
}
