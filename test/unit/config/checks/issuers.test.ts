import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkIssuers } from "../../../../gateway/config/checks/issuers.ts";
import { found, issuer, type Values } from "./found.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-issuers-"));
  writeFileSync(join(folder, "bundle.pem"), "-----BEGIN CERTIFICATE-----\n");
  writeFileSync(join(folder, "empty.pem"), "\n");
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [shared, secret] = [key.publicKey, key.privateKey].map((one) => one.export({ format: "jwk" }));
  const sets = { good: [shared], none: [], secret: [secret], broken: [{ ...shared, x: "AA" }] };
  for (const [name, keys] of Object.entries(sets)) writeFileSync(join(folder, name), JSON.stringify({ keys }));
  writeFileSync(join(folder, "mapping"), "{}");
});
afterAll(() => rmSync(folder, { recursive: true }));

const none = { issuer: undefined, jwks: undefined };
const mesh = { kind: "spiffe-x509", ...none, trust_domain: "example.org", bundle: "bundle.pem" };
const asked = { endpoint: "https://idp.example/i", client_id: "g", client_secret: "env:X" };
const opaque = { kind: "introspection", jwks: undefined, introspection: asked };
const of = (changes: Values): string[] => found(checkIssuers, { issuers: [issuer(changes)] }, folder);

test.each<[string, Values]>([
  ["of signed tokens", {}],
  ["of opaque tokens", opaque],
  ["of signed tokens that is asked again about what is under way", { introspection: asked }],
  ["of workload certificates", { ...mesh, workloads: [{ id: "spiffe://example.org/bot", roles: ["refunds"] }] }],
  ["for development", { ...none, development: true }],
  ["with keys in a file", { jwks: { file: "good" } }],
  ["with a file that has no keys yet", { jwks: { file: "none" } }],
  ["with keys in plain text that says so", { jwks: { url: "http://idp.example/jwks", allow_insecure: true } }],
])("finds nothing in an issuer %s", (_what, changes) => {
  expect(of(changes)).toEqual([]);
});

test.each<[string, Values, readonly string[]]>([
  [
    "without a name and keys",
    none,
    ["issuer (value): is required", "jwks (value): is required: { url: … } or { file: … }"],
  ],
  [
    "with what its kind does not read",
    { trust_domain: "example.org" },
    ["trust_domain (key): means nothing to an issuer of kind jwt"],
  ],
  [
    "with workloads, of signed tokens",
    { workloads: [{ id: "spiffe://example.org/bot", roles: [] }] },
    ["workloads (key): only SPIFFE issuers have workloads"],
  ],
  ["with keys from nowhere", { jwks: {} }, ["jwks (value): needs either url or file"]],
  [
    "with keys from two places",
    { jwks: { url: "https://idp.example/jwks", file: "bundle.pem" } },
    ["jwks (value): needs either url or file"],
  ],
  ...[
    ["is no JSON", "bundle.pem", "it is not JSON"],
    ["is no key set", "mapping", "the answer is no key set"],
    ["shows a private key", "secret", "the key set shows secret key parts"],
    ["holds a key that is none", "broken", "Invalid JWK EC key"],
    ["cannot be read", ".", "EISDIR: illegal operation on a directory, read"],
  ].map(([what, file, why]): [string, Values, readonly string[]] => [
    `with a file that ${what}`,
    { jwks: { file } },
    [`jwks.file (value): ${file} is no set of public keys (${why})`],
  ]),
  ["with keys in a file that is not there", { jwks: { file: "gone" } }, ["jwks.file (value): no such file: gone"]],
  [
    "with keys in plain text",
    { jwks: { url: "http://idp.example/jwks" } },
    ["jwks.url (value): plain http beyond loopback lets others forge tokens; use https, or say allow_insecure: true"],
  ],
  ["with a bundle that is not there", { ...mesh, bundle: "gone.pem" }, ["bundle (value): no such file: gone.pem"]],
  ["with a bundle of nothing", { ...mesh, bundle: "empty.pem" }, ["bundle (value): empty.pem holds no certificate"]],
  [
    "that is asked in plain text",
    { ...opaque, introspection: { ...asked, endpoint: "http://idp.example/i" } },
    [
      "introspection.endpoint (value): plain http beyond loopback lets others read and forge tokens; use https, or say allow_insecure: true",
    ],
  ],
  [
    "for development that has keys of its own and signs with none of them",
    { development: true, issuer: undefined, algorithms: ["RS256"] },
    [
      "jwks (key): a development issuer makes its own key; remove jwks",
      "algorithms (value): a development issuer signs with ES256, which is not listed",
    ],
  ],
  [
    "for development of another kind",
    { ...opaque, development: true },
    ["kind (value): a development issuer is of kind jwt"],
  ],
])("refuses an issuer %s", (_what, changes, findings) => {
  expect(of(changes)).toEqual(findings.map((finding) => `issuers.0.${finding}`));
});

test("refuses roles of a workload of another trust domain, which its documents could never name", () => {
  const workloads = ["example.org", "other.example"].map((domain) => ({ id: `spiffe://${domain}/bot`, roles: ["r"] }));
  expect(of({ ...mesh, workloads })).toEqual([
    "issuers.0.workloads.1.id (value): is of another trust domain than example.org, so it would never get these roles",
  ]);
});
