import { createHmac, KeyObject, sign } from "node:crypto";
import type { Random } from "../check.ts";
import type { SigningKey } from "../../unit/identify/fixtures.ts";

export type Algorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA";
export const algorithms: readonly Algorithm[] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

/** What an attacker has: a good token, the public keys, keys of their own. */
export interface Loot {
  /** Header, payload and signature of a token that is accepted. */
  readonly parts: readonly [string, string, string];
  readonly key: SigningKey;
  readonly own: SigningKey;
  /** Public keys of the issuer for other algorithms, by their kid. */
  readonly otherKids: readonly string[];
}

type Forgery = (loot: Loot, random: Random) => string;

const encode = (text: string | Buffer): string => Buffer.from(text).toString("base64url");
const header = ({ parts }: Loot): Record<string, unknown> =>
  JSON.parse(Buffer.from(parts[0], "base64url").toString()) as Record<string, unknown>;
const claims = ({ parts }: Loot): Record<string, unknown> =>
  JSON.parse(Buffer.from(parts[1], "base64url").toString()) as Record<string, unknown>;
const withHeader = (loot: Loot, change: object): string =>
  `${encode(JSON.stringify({ ...header(loot), ...change }))}.${loot.parts[1]}`;
const resigned = (loot: Loot, change: object, payload = loot.parts[1], by = loot.own): string => {
  const signed = `${encode(JSON.stringify({ ...header(loot), ...change }))}.${payload}`;
  return `${signed}.${encode(signature(by, signed))}`;
};

/** Compact signature as RFC 7518 §3 wants it. */
function signature({ privateKey, alg }: SigningKey, signed: string): Buffer {
  const key = KeyObject.from(privateKey);
  if (alg === "EdDSA") return sign(null, Buffer.from(signed), key);
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith("PS"))
    return sign(hash, Buffer.from(signed), { key, padding: 6, saltLength: Number(alg.slice(2)) / 8 });
  return sign(hash, Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
}

/** HMAC with something public as its secret (key confusion). */
function hmac(loot: Loot, alg: string, secret: Buffer | string): string {
  const signed = withHeader(loot, { alg });
  return `${signed}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(signed)
    .digest("base64url")}`;
}

function publicForms({ key }: Loot): (Buffer | string)[] {
  const { kid: _kid, alg: _alg, use: _use, ...bare } = key.publicJwk;
  return [
    "",
    "secret",
    JSON.stringify(key.publicJwk),
    JSON.stringify(bare),
    String(key.publicJwk.n ?? key.publicJwk.x ?? ""),
  ];
}

const strangeKids = [
  "../../../dev/null",
  "k' UNION SELECT 'x",
  "",
  " ",
  "k\u0000",
  "x".repeat(129),
  "x".repeat(5_000),
  "__proto__",
  "constructor",
  "/etc/passwd",
  "|id",
  "k\r\nX: y",
  "%00",
  "unknown",
];

function damaged(text: string, random: Random): string {
  const at = random.below(text.length - 2);
  const other = text[at] === "A" ? "B" : "A";
  return text.slice(0, at) + other + text.slice(at + 1);
}

/** Sets a bit of the last letter that no byte uses: lenient decoders read the same bytes (RFC 4648 §3.5). */
function loosely(text: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  if (text.length % 4 === 0) return `${text}A`;
  return text.slice(0, -1) + letters[letters.indexOf(text.at(-1) ?? "A") ^ 1];
}

/** One entry for each published class of attack on JWS, JWK and their use as access tokens. None may be accepted. */
export const forgeries: Readonly<Record<string, Forgery>> = {
  "no algorithm": (loot, random) =>
    `${withHeader(loot, { alg: random.pick(["none", "None", "NONE", "nOnE", "", null]) })}.${random.pick(["", loot.parts[2]])}`,
  "key confusion": (loot, random) =>
    hmac(loot, random.pick(["HS256", "HS384", "HS512"]), random.pick(publicForms(loot))),
  "another algorithm's name": (loot, random) =>
    `${withHeader(loot, { alg: random.pick([..."RS1 RS384 RS512 PS384 PS512 ES512 ES256K Ed448 HS256 rs256 ES256x RSA-OAEP dir".split(" "), ...algorithms].filter((alg) => alg !== loot.key.alg)) })}.${loot.parts[2]}`,
  "another issuer key's id": (loot, random) =>
    `${withHeader(loot, { kid: random.pick(loot.otherKids) })}.${loot.parts[2]}`,
  "a key of one's own": (loot) => resigned(loot, {}),
  "a key in the header": (loot, random) =>
    resigned(
      loot,
      random.pick([
        { jwk: loot.own.publicJwk },
        { jwk: loot.own.publicJwk, kid: undefined },
        { jku: "http://127.0.0.1:1/jwks" },
        { x5u: "http://127.0.0.1:1/x" },
        { x5c: ["MIIB"] },
      ]),
    ),
  "a critical extension": (loot, random) =>
    resigned(
      loot,
      random.pick([
        { crit: ["exp"], exp: 1 },
        { crit: [] },
        { crit: ["b64"], b64: false },
        { crit: ["x"] },
        { crit: "exp" },
      ]),
      undefined,
      loot.key,
    ),
  "an unencoded payload": (loot) =>
    resigned(loot, { b64: false, crit: ["b64"] }, JSON.stringify(claims(loot)), loot.key),
  "a strange key id": (loot, random) => resigned(loot, { kid: random.pick(strangeKids) }),
  "a key id of another kind": (loot, random) => resigned(loot, { kid: random.pick([1, null, {}, ["k"], true]) }),
  "no signature": ({ parts }) => `${parts[0]}.${parts[1]}.`,
  "a signature of zeros": ({ parts }) =>
    `${parts[0]}.${parts[1]}.${encode(Buffer.alloc(Buffer.from(parts[2], "base64url").length))}`,
  "a signature of ones": ({ parts }) =>
    `${parts[0]}.${parts[1]}.${encode(Buffer.alloc(Buffer.from(parts[2], "base64url").length, 0xff))}`,
  "a damaged signature": ({ parts }, random) => `${parts[0]}.${parts[1]}.${damaged(parts[2], random)}`,
  "a shortened signature": ({ parts }, random) =>
    `${parts[0]}.${parts[1]}.${parts[2].slice(0, 4 * random.below(parts[2].length / 4))}`,
  "a longer signature": ({ parts }, random) =>
    `${parts[0]}.${parts[1]}.${encode(Buffer.concat([Buffer.from(parts[2], "base64url"), Buffer.alloc(1 + random.below(4))]))}`,
  "a signature in ASN.1": ({ parts, key }) =>
    `${parts[0]}.${parts[1]}.${encode(key.alg.startsWith("ES") ? sign(`sha${key.alg.slice(2)}`, Buffer.from(`${parts[0]}.${parts[1]}`), KeyObject.from(key.privateKey)) : Buffer.from("3006020100020100", "hex"))}`,
  "a signature over other claims": (loot, random) =>
    `${loot.parts[0]}.${encode(JSON.stringify({ ...claims(loot), ...random.pick([{ sub: "admin" }, { roles: ["*"] }, { exp: 9_999_999_999 }, { aud: "x" }]) }))}.${loot.parts[2]}`,
  "a damaged header": ({ parts }, random) => `${damaged(parts[0], random)}.${parts[1]}.${parts[2]}`,
  "a damaged payload": ({ parts }, random) => `${parts[0]}.${damaged(parts[1], random)}.${parts[2]}`,
  "loose base64": ({ parts }, random) =>
    random
      .pick([
        [loosely(parts[0]), parts[1], parts[2]],
        [parts[0], loosely(parts[1]), parts[2]],
        [parts[0], parts[1], loosely(parts[2])],
      ])
      .join("."),
  "padded base64": ({ parts }, random) =>
    random
      .pick([
        [`${parts[0]}=`, parts[1], parts[2]],
        [parts[0], `${parts[1]}==`, parts[2]],
        [parts[0], parts[1], `${parts[2]}=`],
      ])
      .join("."),
  "characters between": ({ parts }, random) =>
    parts
      .map((part, index) =>
        index === 2
          ? part.slice(0, 9) + random.pick([" ", "\n", "\t", "!", "%", "\u0000", "é", "+", "/"]) + part.slice(9)
          : part,
      )
      .join("."),
  "another number of parts": ({ parts }, random) =>
    random
      .pick([
        parts.slice(0, 2),
        parts.slice(1),
        [...parts, ""],
        [...parts, parts[2]],
        [parts[0], "", parts[1], "", parts[2]],
        ["", ...parts],
        [parts[0]],
      ])
      .join("."),
  "another serialisation": ({ parts }) =>
    encode(JSON.stringify({ payload: parts[1], signatures: [{ protected: parts[0], signature: parts[2] }] })),
  "a header that is no object": ({ parts }, random) =>
    `${encode(random.pick(["[]", "null", '"x"', "1", "", "{", '{"alg":"ES256"', "{'alg':1}"]))}.${parts[1]}.${parts[2]}`,
  "a name twice in the header": (loot) => {
    const signed = `${encode(`{"alg":"none",${JSON.stringify(header(loot)).slice(1)}`)}.${loot.parts[1]}`;
    return `${signed}.${encode(signature(loot.key, signed))}`;
  },
  "a name twice in the claims": (loot) =>
    resigned(loot, {}, encode(`{"sub":"admin",${JSON.stringify(claims(loot)).slice(1)}`), loot.key),
  "a payload that is no object": (loot, random) =>
    resigned(loot, {}, encode(random.pick(["[]", "null", '"x"', "1", "{", ""])), loot.key),
  "another type": (loot, random) =>
    resigned(
      loot,
      { typ: random.pick(["dpop+jwt", "logout+jwt", "secevent+jwt", "id_token+jwt"]) },
      undefined,
      loot.key,
    ),
  "a nested token": (loot) => resigned(loot, { cty: "JWT" }, encode(loot.parts.join(".")), loot.key),
  "a claim of another kind": (loot, random) =>
    resigned(
      loot,
      {},
      encode(
        JSON.stringify({
          ...claims(loot),
          ...random.pick([
            { exp: "9999999999" },
            { exp: null },
            { exp: 1e300 },
            { exp: -1 },
            { iat: "1" },
            { nbf: 9_999_999_999 },
            { iss: ["https://idp.example"] },
            { iss: "https://idp.example/" },
            { aud: "https://gw.example/payments/" },
            { aud: [] },
            { sub: "" },
            { sub: 1 },
            { sub: null },
            { sub: ["x"] },
          ]),
        }),
      ),
      loot.key,
    ),
};
