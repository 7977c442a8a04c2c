import { type JWK } from "jose";
import type { Identify } from "../../../gateway/identify/create-identify.ts";
import { type Check, type CheckContext, Failures, type Tried } from "../check.ts";
import {
  handClock,
  identifier,
  keyServer,
  mint,
  outcome,
  route,
  type SigningKey,
  signingKey,
  trustedIssuer,
} from "../../unit/identify/fixtures.ts";
import { algorithms, forgeries, type Loot } from "./forge.ts";

const issuer = "https://idp.example";
const here = route([issuer]);

/** Keys as an issuer should not publish them; a token signed with one is refused (RFC 7517 §4, RFC 8725 §3). */
const wrongUses: readonly Partial<JWK>[] = [
  { use: "enc" },
  { key_ops: ["sign"] },
  { key_ops: ["encrypt"] },
  { key_ops: [] },
  { use: "enc", key_ops: ["verify"] },
  { alg: "RS512" },
  { alg: "HS256" },
  { alg: "none" },
];

/** No forged token is accepted; the tokens they are made from are. */
export const forgedTokens: Check = {
  name: "forged-tokens",
  full: 20_000,
  quick: 2_000,
  async run(context) {
    const keys = await Promise.all(algorithms.map((alg) => signingKey(alg, `k-${alg}`)));
    const misused = await Promise.all(
      algorithms.flatMap((alg) => wrongUses.map((use, index) => signingKey(alg, `m-${alg}-${index}`, use))),
    );
    const server = await keyServer([...keys, ...misused].map((key) => key.publicJwk));
    try {
      const clock = handClock();
      const identify = identifier([trustedIssuer(issuer, server.url)], clock);
      const loots = await Promise.all(keys.map((key) => lootOf(key, keys, mint(key, issuer, clock))));
      const failures = new Failures();
      const tried = await forge(identify, loots, context, failures);
      for (const key of misused)
        await mustRefuse(
          identify,
          await mint(key, issuer, clock),
          `a key published as ${JSON.stringify({ ...key.publicJwk, n: "", x: "", y: "" })}`,
          failures,
        );
      for (const { parts, key } of loots) {
        const accepted = await outcome(identify, parts.join("."), here);
        if (typeof accepted === "string") failures.add(`the good ${key.alg} token was refused: ${accepted}`);
      }
      return { ...tried, count: tried.count + misused.length, failures: failures.list() };
    } finally {
      await server.close();
    }
  },
};

async function lootOf(key: SigningKey, all: readonly SigningKey[], token: Promise<string>): Promise<Loot> {
  const [head = "", payload = "", signature = ""] = (await token).split(".");
  const own = await signingKey(key.alg, key.kid);
  return {
    parts: [head, payload, signature],
    key,
    own,
    otherKids: all.filter((other) => other !== key).map((other) => other.kid),
  };
}

async function forge(
  identify: Identify,
  loots: readonly Loot[],
  { count, random, progress }: CheckContext,
  failures: Failures,
): Promise<Tried> {
  const kinds = Object.entries(forgeries);
  for (let done = 0; done < count; done++) {
    const [kind, make] = kinds[done % kinds.length] as (typeof kinds)[number];
    const loot = loots[Math.floor(done / kinds.length) % loots.length] as Loot;
    const token = make(loot, random);
    if (token !== loot.parts.join(".")) await mustRefuse(identify, token, `${kind} (${loot.key.alg})`, failures);
    progress(done);
  }
  return { count, failures: [], figures: { kinds: kinds.length, algorithms: loots.length } };
}

async function mustRefuse(identify: Identify, token: string, what: string, failures: Failures): Promise<void> {
  const found = await outcome(identify, token, here);
  if (typeof found !== "string") failures.add(`accepted: ${what}: ${token.slice(0, 300)}`);
  else if (found === "internal") failures.add(`broke instead of refusing: ${what}: ${token.slice(0, 300)}`);
}
