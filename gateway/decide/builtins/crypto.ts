import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import { bytesOf } from "../value.ts";
import { chargeText, stringAt } from "./operands.ts";
import type { Builtin } from "./types.ts";

function digest(algorithm: string): Builtin {
  return (context, value) => {
    const text = stringAt(1, value);
    chargeText(context, 400 + text.length * 2);
    return createHash(algorithm).update(bytesOf(text)).digest("hex");
  };
}

function hmac(algorithm: string): Builtin {
  return (context, message, key) => {
    const text = stringAt(1, message);
    const secret = stringAt(2, key);
    chargeText(context, 800 + text.length * 2, secret.length);
    return createHmac(algorithm, bytesOf(secret)).update(bytesOf(text)).digest("hex");
  };
}

/** Compares without telling by its time where the difference is; the length is not secret. */
const hmacEqual: Builtin = (context, left, right) => {
  const a = bytesOf(stringAt(1, left));
  const b = bytesOf(stringAt(2, right));
  chargeText(context, a.length, b.length);
  return a.length === b.length && timingSafeEqual(a, b);
};

export const crypto: Readonly<Record<string, Builtin>> = {
  "crypto.md5": digest("md5"),
  "crypto.sha1": digest("sha1"),
  "crypto.sha256": digest("sha256"),
  "crypto.hmac.md5": hmac("md5"),
  "crypto.hmac.sha1": hmac("sha1"),
  "crypto.hmac.sha256": hmac("sha256"),
  "crypto.hmac.sha512": hmac("sha512"),
  "crypto.hmac.equal": hmacEqual,
};
