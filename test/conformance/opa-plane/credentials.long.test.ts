/**
 * One OPA configuration, given to a real `opa run` and to a gateway: both get tokens from the same authorization server (oidc-provider), and sign their
 * requests with the same keys of AWS.
 */
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, jwtVerify } from "jose";
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import { signatureProblem } from "../../support/aws/check-signature.ts";
import { BundleServer } from "../../support/bundles/bundle-server.ts";
import { opaBuilt } from "../../support/bundles/opa-built.ts";
import { type OpaRun, opaRun } from "../../support/bundles/opa-run.ts";
import { localServer, rootAuthority } from "../../support/certificates.ts";
import { type GrantsServer, startGrantsServer } from "../../support/credentials/grants-server.ts";
import { eventually } from "../../support/eventually.ts";
import { LoopbackServer } from "../../support/loopback-server.ts";
import { paymentsRoute } from "../../support/routes.ts";
import { startGateway, type TestGateway } from "../../support/start-gateway.ts";

const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = own.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const variables = {
  PLANE_CLIENT_SECRET: "c1ient-s3cret",
  PLANE_KEY: key,
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "AKIAPLANE",
  AWS_SECRET_ACCESS_KEY: "aws-s3cret/of+the/test",
  AWS_SESSION_TOKEN: "session==",
};
const names = ["secret", "assertion", "bucket", "grant"] as const;
const servers = [new BundleServer(), new BundleServer()] as const;
let idp: GrantsServer;
/** Token endpoints that take an assertion as the grant, one for each of the two, and what each was asked for. */
const grants: LoopbackServer[] = [];
const forms: URLSearchParams[][] = [[], []];
/** Has the client's public key. */
let published: LoopbackServer;
let folder: string;
let running: OpaRun;
let gateway: TestGateway;

/** `private_key`: OPA puts variables in before it reads YAML, where a key of several lines is none. */
function configOf({ url }: BundleServer, granting: LoopbackServer, private_key: string): object {
  const polling = { min_delay_seconds: 1, max_delay_seconds: 1 };
  const token = { token_url: `${idp.issuer}/token`, scopes: ["read"] };
  const tls = { ca_cert: join(folder, "ca.pem") };
  const secret = { ...token, client_id: "gate", client_secret: "${PLANE_CLIENT_SECRET}" };
  const additional_claims = { iss: "signs", sub: "signs", aud: idp.issuer };
  const assertion = { ...token, client_id: "signs", signing_key: "own", include_jti_claim: true, additional_claims };
  const grant = {
    token_url: `${granting.url}/token`,
    grant_type: "jwt_bearer",
    signing_key: "own",
    scopes: ["read"],
    include_jti_claim: true,
    additional_claims: { iss: "gate", sub: "robot", aud: "bundles" },
  };
  return {
    keys: { own: { algorithm: "ES256", private_key } },
    services: {
      secret: { url, tls, credentials: { oauth2: secret } },
      assertion: { url, tls, credentials: { oauth2: assertion } },
      grant: { url, tls, credentials: { oauth2: grant } },
      bucket: { url, credentials: { s3_signing: { environment_credentials: {} } } },
    },
    bundles: Object.fromEntries(names.map((name) => [name, { service: name, polling }])),
    status: { service: "secret" },
  };
}

beforeAll(async () => {
  Object.assign(process.env, variables);
  folder = await mkdtemp(join(tmpdir(), "sallyport-credentials-"));
  const authority = await rootAuthority("acme");
  await writeFile(join(folder, "ca.pem"), authority.certPem);
  const { certPem: cert, keyPem } = await localServer(authority);
  const grant_types = ["client_credentials"];
  const jwk = { ...(await exportJWK(own.publicKey)), alg: "ES256", use: "sig" };
  published = await new LoopbackServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [jwk] }));
  }).listen();
  const signs = {
    client_id: "signs",
    grant_types,
    token_endpoint_auth_method: "private_key_jwt",
    jwks_uri: `${published.url}/jwks`,
  };
  const gate = { client_id: "gate", client_secret: variables.PLANE_CLIENT_SECRET, grant_types };
  idp = await startGrantsServer({
    trusts: () => ({}),
    tls: { cert, key: keyPem },
    clients: [gate, { ...signs, token_endpoint_auth_signing_alg: "ES256" }],
  });
  for (const asked of forms) grants.push(await new LoopbackServer(granting(asked), { cert, key: keyPem }).listen());
  for (const server of servers) await server.listen();
  for (const [index, name] of names.entries()) {
    const bytes = await opaBuilt({
      [`t${index}/t.rego`]: `package t${index}\n\nx := 1\n`,
      ".manifest": manifest(index),
    });
    for (const server of servers) server.serve(`/bundles/${name}`, bytes, '"1"');
  }
  const opaConfig = join(folder, "opa.yaml");
  await writeFile(opaConfig, stringify(configOf(servers[1], grants[1]!, "${PLANE_KEY}")));
  running = await opaRun(configOf(servers[0], grants[0]!, key));
  gateway = await startGateway({ routes: [paymentsRoute("http://127.0.0.1:9")], opaConfig, env: variables });
}, 60_000);
afterAll(async () => {
  await Promise.all([running.stop(), gateway.close()]);
  await Promise.all([...servers, ...grants, idp, published].map((server) => server.close()));
  await rm(folder, { recursive: true, force: true });
  for (const name of Object.keys(variables)) delete process.env[name];
});

const manifest = (index: number): string => JSON.stringify({ revision: `r-${index}`, roots: [`t${index}`] });

test("activates the bundles of all of them, as opa does", async () => {
  for (const server of servers)
    await eventually("all revisions are told", () => {
      const { bundles = {} } = (server.told.at(-1) ?? {}) as { bundles?: Record<string, { active_revision?: string }> };
      const revisions = names.map((name) => bundles[name]?.active_revision);
      return revisions.every((one, index) => one === `r-${index}`) ? true : null;
    });
});

test.each(["secret", "assertion"])("gets one token of the authorization server by the client's %s", async (name) => {
  const [ofOpa, ofGateway] = await Promise.all(
    servers.map(async (server) =>
      (await server.askedTimes(`/bundles/${name}`, 3)).map(({ headers }) => String(headers.authorization)),
    ),
  );
  for (const token of [...(ofOpa ?? []), ...(ofGateway ?? [])]) expect(token).toMatch(/^Bearer \S+$/);
  // OPA asks for a second one where the status is told while the first is asked for.
  expect(new Set(ofGateway).size).toBe(1);
  // Status and bundles of one service share it.
  const [, own] = servers;
  if (name === "secret")
    expect(own.asks("/status").map(({ headers }) => headers.authorization)).toContain(
      own.asks(`/bundles/${name}`)[0]?.headers.authorization,
    );
});

/** Gives a token for an assertion that the client's key has signed. */
function granting(asked: URLSearchParams[]): RequestListener {
  return (request, response) => {
    void text(request)
      .then(async (body) => {
        const form = new URLSearchParams(body);
        if (request.headers.authorization !== undefined)
          throw new Error("a client that proves itself beside the grant");
        await jwtVerify(form.get("assertion") ?? "", own.publicKey, { audience: "bundles", requiredClaims: ["exp"] });
        asked.push(form);
        const token = { access_token: `granted-${asked.length}`, token_type: "Bearer", expires_in: 600 };
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(token));
      })
      .catch((failure: Error) => response.writeHead(400).end(failure.message));
  };
}

test("gets a token for an assertion that is the grant, which says what opa's says", async () => {
  const told = await Promise.all(
    servers.map(async (server, index) => {
      await server.askedTimes("/bundles/grant", 2);
      const { assertion, ...form } = Object.fromEntries(forms[index]![0] ?? []);
      const [, claims = ""] = String(assertion).split(".");
      const { iat, exp, jti, ...said } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<
        string,
        unknown
      >;
      return { form, said, has: [iat, exp, jti].map((one) => typeof one) };
    }),
  );
  expect(told[1]).toEqual(told[0]);
  expect(told[0]).toMatchObject({ said: { iss: "gate", sub: "robot", aud: "bundles", scope: "read" } });
  const [, gateways] = servers;
  expect(gateways.asks("/bundles/grant")[0]?.headers.authorization).toBe("Bearer granted-1");
});

test("signs requests for objects as opa does", async () => {
  const signed = await Promise.all(
    servers.map(async (server) => {
      const [, { headers, ...asked }] = (await server.askedTimes("/bundles/bucket", 2)) as [
        unknown,
        (typeof server.asked)[number],
      ];
      const arrived = { method: asked.method, target: asked.path, headers: flat(headers), body: Buffer.alloc(0) };
      const problem = signatureProblem(arrived, (id) => (id === "AKIAPLANE" ? variables.AWS_SECRET_ACCESS_KEY : null));
      const [, scope, what] =
        /Credential=[^/]+\/\d{8}\/(\S+?), ?SignedHeaders=([^,]+)/.exec(String(headers.authorization)) ?? [];
      return { problem, scope, what, session: headers["x-amz-security-token"] };
    }),
  );
  expect(signed[1]).toEqual(signed[0]);
  expect(signed[0]).toMatchObject({ problem: null, scope: "eu-central-1/s3/aws4_request", session: "session==" });
});

const flat = (headers: NodeJS.Dict<string | string[]>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
