import { Agent } from "node:https";
import {
  type Authority,
  type Identity,
  intermediate,
  issue,
  rootAuthority,
  selfSigned,
  usages,
  type Wanted,
  workload,
} from "../../../support/certificates.ts";
import { rocaKeyPair } from "../../../support/identity/roca-key.ts";
import { eventually } from "../../../support/eventually.ts";
import { handClock, mint, route, signingKey } from "../fixtures.ts";
import { type Listening, listenTls, pemFolder, trustDomain } from "./fixtures.ts";

const id = "spiffe://example.org/refund-bot";
const trusted = "spiffe-x509:spiffe://example.org";
const files = pemFolder();
let server: Authority;
let root: Authority;
let foreign: Authority;
const open: Listening[] = [];

beforeAll(async () => {
  [server, root, foreign] = await Promise.all([
    rootAuthority("server"),
    rootAuthority("root"),
    rootAuthority("foreign"),
  ]);
});
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
afterAll(() => files.remove());

interface World {
  readonly bundle?: string;
  /** A second trust domain, whose authority is `foreign`. */
  readonly federated?: boolean;
  readonly trusts?: readonly string[];
}

async function listen({ bundle = root.certPem, federated = false, trusts = [trusted] }: World = {}) {
  const clock = handClock(Date.now());
  const bundleFile = files.write("bundle.pem", bundle);
  const issuers = [
    trustDomain("example.org", bundleFile, { workloads: { [id]: ["refunds"] }, subjectType: "service" }),
  ];
  if (federated) issuers.push(trustDomain("other.example", files.write("foreign.pem", foreign.certPem)));
  const listening = await listenTls(server, files, { issuers, route: route(trusts), clock });
  open.push(listening);
  return { ...listening, clock, bundleFile };
}

test("identifies a workload by its certificate alone, with the roles that the configuration gives it", async () => {
  const { ask } = await listen();
  const bot = await workload(root, id);
  expect(await ask(bot)).toMatchObject({
    type: "service",
    id,
    issuer: "spiffe://example.org",
    roles: ["refunds"],
    claims: {},
    proof: { method: "mtls", key: bot.x5t },
  });
});

test("gives a workload that is not listed no role", async () => {
  const { ask } = await listen();
  for (const name of ["refund-bot/2", "constructor", "Refund-Bot"])
    expect(await ask(await workload(root, `spiffe://example.org/${name}`))).toMatchObject({ roles: [] });
});

test("accepts a workload whose authority is below the bundle's root", async () => {
  const { ask } = await listen();
  expect(await ask(await workload(await intermediate(root, "server-7"), id))).toMatchObject({ id });
});

const day = 86_400_000;

test.each<[string, () => Promise<Identity>]>([
  ["no URI", () => issue(root, { names: [{ type: "dns", value: "refund-bot.example.org" }] })],
  ["no name at all", () => issue(root)],
  ["two SPIFFE IDs", () => issue(root, { names: [url(id), url("spiffe://example.org/admin")] })],
  ["a SPIFFE ID beside another URI", () => issue(root, { names: [url("https://example.org/"), url(id)] })],
  ["a URI that is none", () => workload(root, "https://example.org/refund-bot")],
  ["a trust domain alone", () => workload(root, "spiffe://example.org")],
  ["a slash at the end", () => workload(root, `${id}/`)],
  ["an empty segment", () => workload(root, "spiffe://example.org//refund-bot")],
  ["a dot segment", () => workload(root, "spiffe://example.org/x/../refund-bot")],
  ["a trust domain in capitals", () => workload(root, "spiffe://EXAMPLE.org/refund-bot")],
  ["a port", () => workload(root, "spiffe://example.org:443/refund-bot")],
  ["a user", () => workload(root, "spiffe://admin@example.org/refund-bot")],
  ["a query", () => workload(root, `${id}?x`)],
  ["an escape", () => workload(root, "spiffe://example.org/refund%2Dbot")],
  ["a comma and a second URI within one name", () => workload(root, `https://x/, URI:${id}`)],
  ["a DNS name that looks like a URI", () => issue(root, { names: [{ type: "dns", value: `x, URI:${id}` }] })],
  ["the right to issue certificates", () => workload(root, id, { ca: true, usage: usages.keyCertSign })],
  ["certificate signing among its uses", () => workload(root, id, usage(usages.digitalSignature | usages.keyCertSign))],
  ["CRL signing among its uses", () => workload(root, id, usage(usages.digitalSignature | usages.cRLSign))],
  ["no signatures among its uses", () => workload(root, id, usage(usages.keyAgreement))],
  ["no key usage", () => workload(root, id, { usage: null })],
  ["a time that has passed", () => workload(root, id, { notBefore: ago(2 * day), notAfter: ago(day) })],
  ["a time that has not come", () => workload(root, id, { notBefore: ago(-day), notAfter: ago(-2 * day) })],
  ["a key of the flawed generator of CVE-2017-15361", () => workload(root, id, { keys: rocaKeyPair() })],
  ["a trust domain that is two dots", () => workload(root, "spiffe://../refund-bot")],
  ["another authority", () => workload(foreign, id)],
  ["another authority of the same name", async () => workload(await rootAuthority("root"), id)],
  ["a workload for its authority", async () => workload(await asIssuer(root), id)],
  ["nobody to vouch for it", () => selfSigned("refund-bot")],
])("refuses a certificate with %s", async (_, make) => {
  const { ask } = await listen();
  expect(await ask(await make())).toBe("certificate_invalid");
});

function url(value: string) {
  return { type: "url", value } as const;
}

function usage(flags: number): Wanted {
  return { usage: flags };
}

function ago(ms: number): Date {
  return new Date(Date.now() - ms);
}

/** A leaf that issues certificates although it may not. */
async function asIssuer(issuer: Authority): Promise<Authority> {
  const name = "leaf-issuer";
  const made = await intermediate(issuer, name);
  const leaf = await issue(issuer, { commonName: name });
  return { ...made, chainPem: leaf.certPem };
}

test("refuses a caller without certificate and token, and leaves a bad token to nobody's certificate", async () => {
  const { ask } = await listen();
  expect(await ask(null)).toBe("credential_missing");
  expect(await ask(await workload(root, id), "a.b.c")).toBe("token_invalid");
});

test("does not take a certificate for a credential where the route trusts only issuers of tokens", async () => {
  const { ask } = await listen({ trusts: ["https://idp.example"] });
  expect(await ask(await workload(root, id))).toBe("credential_missing");
});

describe("two trust domains", () => {
  const both = [trusted, "spiffe-x509:spiffe://other.example"];

  test("are each believed about their own workloads", async () => {
    const { ask } = await listen({ federated: true, trusts: both });
    expect(await ask(await workload(root, id))).toMatchObject({ issuer: "spiffe://example.org" });
    const theirs = await workload(foreign, "spiffe://other.example/refund-bot");
    expect(await ask(theirs)).toMatchObject({ issuer: "spiffe://other.example", roles: [] });
  });

  test("do not speak for each other's workloads", async () => {
    const { ask } = await listen({ federated: true, trusts: both });
    expect(await ask(await workload(foreign, id))).toBe("certificate_invalid");
    expect(await ask(await workload(await intermediate(foreign, "x"), id))).toBe("certificate_invalid");
  });

  test("need an intermediate in its own domain's bundle, since TLS does not tell which root it led to", async () => {
    const below = await intermediate(root, "server-7");
    const bot = await workload(below, id);
    const without = await listen({ federated: true, trusts: both });
    expect(await without.ask(bot)).toBe("certificate_invalid");
    const within = await listen({ federated: true, trusts: both, bundle: root.certPem + below.certPem });
    expect(await within.ask(bot)).toMatchObject({ id });
  });

  test("are refused on a route that trusts only the other", async () => {
    const { ask } = await listen({ federated: true });
    expect(await ask(await workload(foreign, "spiffe://other.example/refund-bot"))).toBe("certificate_invalid");
  });
});

test("refuses a certificate that ends while its connection stays open", async () => {
  const { ask, clock } = await listen();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bot = await workload(root, id);
  expect(await ask(bot, undefined, agent)).toMatchObject({ id });
  clock.advance(3_601_000);
  expect(await ask(bot, undefined, agent)).toBe("certificate_invalid");
  agent.destroy();
});

test("refuses an open connection once its authority was taken out of the bundle", async () => {
  const { ask, trust } = await listen();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bot = await workload(root, id);
  expect(await ask(bot, undefined, agent)).toMatchObject({ id });
  files.write("bundle.pem", foreign.certPem);
  expect(trust.refresh()).toBe(true);
  expect(await ask(bot, undefined, agent)).toBe("certificate_invalid");
  agent.destroy();
});

test("keeps the last good bundle when the file is broken", async () => {
  const { ask, trust } = await listen();
  files.write("bundle.pem", "half a certifi");
  expect(trust.refresh()).toBe(false);
  expect(await ask(await workload(root, id))).toMatchObject({ id });
});

test("takes a changed bundle into use for new connections within seconds", async () => {
  const { ask } = await listen();
  const bot = await workload(foreign, id);
  expect(await ask(bot)).toBe("certificate_invalid");
  files.write("bundle.pem", foreign.certPem);
  const answer = await eventually("the changed bundle is used", async () => {
    const answered = await ask(bot);
    return answered === "certificate_invalid" ? null : answered;
  });
  expect(answer).toMatchObject({ id });
});

test("mints no identity from a token for the certificate's sake", async () => {
  const { ask } = await listen();
  const key = await signingKey("ES256", "k");
  const token = await mint(key, "https://idp.example", handClock(Date.now()));
  expect(await ask(await workload(root, id), token)).toBe("token_issuer_unknown");
});
