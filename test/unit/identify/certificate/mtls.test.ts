import { type Authority, type Identity, issue, rootAuthority, selfSigned } from "../../../support/certificates.ts";
import { handClock, keyServer, mint, route, signingKey, type SigningKey, trustedIssuer } from "../fixtures.ts";
import { type Listening, listenTls, pemFolder } from "./fixtures.ts";

const iss = "https://idp.example";
const files = pemFolder();
const clock = handClock(Date.now());
let server: Authority;
let clientCa: Authority;
let key: SigningKey;
let keys: Awaited<ReturnType<typeof keyServer>>;
let any: Listening;
let pki: Listening;

beforeAll(async () => {
  [server, clientCa, key] = await Promise.all([
    rootAuthority("server"),
    rootAuthority("clients"),
    signingKey("ES256", "k"),
  ]);
  keys = await keyServer([key.publicJwk]);
  const options = { issuers: [trustedIssuer(iss, keys.url)], route: route([iss]), clock };
  any = await listenTls(server, files, options);
  pki = await listenTls(server, files, { ...options, clientCaFile: files.write("clients.pem", clientCa.certPem) });
});
afterAll(async () => {
  await Promise.all([any.close(), pki.close(), keys.close()]);
  files.remove();
});

const boundTo = ({ x5t }: Identity) => mint(key, iss, clock, { claims: { cnf: { "x5t#S256": x5t } } });

test("identifies a caller by a token and the certificate that it is bound to", async () => {
  const bot = await issue(clientCa);
  const expected = { id: "refund-bot", proof: { method: "mtls", key: bot.x5t } };
  expect(await any.ask(bot, await boundTo(bot))).toMatchObject(expected);
  expect(await pki.ask(bot, await boundTo(bot))).toMatchObject(expected);
});

test("accepts a self-signed certificate only where no authority of clients is configured (RFC 8705 §2.2)", async () => {
  const bot = await selfSigned("refund-bot");
  expect(await any.ask(bot, await boundTo(bot))).toMatchObject({ proof: { method: "mtls", key: bot.x5t } });
  expect(await pki.ask(bot, await boundTo(bot))).toBe("certificate_invalid");
});

test("refuses a bound token without a certificate, and with another of the same name and authority", async () => {
  const bot = await issue(clientCa);
  const token = await boundTo(bot);
  expect(await any.ask(bot, token)).toMatchObject({ id: "refund-bot" });
  expect(await any.ask(null, token)).toBe("token_proof_missing");
  expect(await any.ask(await issue(clientCa), token)).toBe("proof_key");
});

test("does not take a certificate for proof of a token that is not bound to it", async () => {
  const bot = await issue(clientCa);
  expect(await any.ask(bot, await mint(key, iss, clock))).toMatchObject({ proof: { method: "none", key: null } });
});
