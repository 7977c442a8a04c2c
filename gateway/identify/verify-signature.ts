import type { KeyObject } from "node:crypto";
import { compactVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { Refusal } from "../domain/errors.ts";

/** The signature alone; times and audience are checked after it, by `claim-rules.ts`, with a code for each. */
export async function verifySignature(token: string, alg: string, key: KeyObject): Promise<void> {
  try {
    // jsonwebtoken has no EdDSA.
    if (alg === "EdDSA") await compactVerify(token, key, { algorithms: ["EdDSA"] });
    else
      jsonwebtoken.verify(token, key, {
        algorithms: [alg as jsonwebtoken.Algorithm],
        ignoreExpiration: true,
        ignoreNotBefore: true,
      });
  } catch (failure) {
    throw new Refusal("token_invalid", { hint: "its signature does not match", cause: failure });
  }
}
