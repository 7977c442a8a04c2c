import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";

import { combine, texts } from "./generate.ts";

const { cakey } = JSON.parse(readFileSync(new URL("../fixtures/certificates.json", import.meta.url), "utf8")) as {
  cakey: string;
};
const whole = createPrivateKey(cakey).export({ format: "jwk" });
/** The key with another letter in one of its numbers: they do not belong together any more. */
const damaged = (["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const).map((name) => {
  const letters = [...(whole[name] ?? "")];
  letters[letters.length >> 1] = letters[letters.length >> 1] === "x" ? "y" : "x";
  return { ...whole, [name]: letters.join("") };
});

/** The key without some of the numbers that follow from its primes, and without the primes themselves; one that is left is wrong. */
const partial = [["dp", "dq", "qi"], ["qi"], ["dq", "qi"], ["p", "q"], ["q"]].map((left) =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => !left.includes(name))),
);
const partlyDamaged = { ...partial[1], dp: damaged[5]?.dp };

/** Claims with line breaks, signed with a key that is whole, with damaged ones and with ones that lack numbers. */
export const tokenCalls = combine(
  "io.jwt.encode_sign_raw",
  texts('{"alg":"RS256"}', '{"typ":"JWT",\r\n "alg":"RS512"}'),
  texts('{"iss":"joe",\r\n "exp":1300819380}', "\n{}\n"),
  texts(...[whole, ...damaged, ...partial, partlyDamaged].map((key) => JSON.stringify(key))),
);
