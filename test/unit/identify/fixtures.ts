import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey, JWK, JWTHeaderParameters, JWTPayload } from "jose";
import type { Logger } from "../../../gateway/domain/ports.ts";
import type { CertificateTrust } from "../../../gateway/identify/certificate/trust.ts";
import type { Route } from "../../../gateway/domain/route.ts";
import type { Subject } from "../../../gateway/domain/subject.ts";
import { asRefusal } from "../../../gateway/domain/errors.ts";
import type { Identify, IdentifyDeps } from "../../../gateway/identify/create-identify.ts";
import { createIdentify } from "../../../gateway/identify/create-identify.ts";
import type { TrustedIssuer } from "../../../gateway/domain/trusted-issuer.ts";

export const audience = "https://gw.example/payments";

export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
  readonly alg: string;
  readonly kid: string;
}

export async function signingKey(alg: string, kid: string, extra: Partial<JWK> = {}): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig", ...extra }, alg, kid };
}

/** A clock that only moves when told to; both hands move together. */
export function handClock(startMs = 1_800_000_000_000) {
  let now = startMs;
  return {
    now: () => now,
    monotonic: () => now - startMs,
    advance: (ms: number) => {
      now += ms;
    },
  };
}

export type HandClock = ReturnType<typeof handClock>;

/** A real HTTP server that publishes a key set, can be switched to fail, and counts who asked. */
export async function keyServer(initial: readonly JWK[]) {
  const state = { keys: [...initial] as unknown, status: 200, asked: 0, raw: null as string | null };
  const server = createServer({ keepAliveTimeout: 0 }, (_, res) => {
    state.asked += 1;
    res.writeHead(state.status, { "content-type": "application/json" });
    res.end(state.raw ?? JSON.stringify({ keys: state.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { state, url, close };
}

export function trustedIssuer(issuer: string, url: string, change: Partial<TrustedIssuer> = {}): TrustedIssuer {
  return {
    kind: "jwt",
    issuer,
    trust: change.issuer ?? issuer,
    development: false,
    keys: { kind: "url", url, refreshMs: 300_000, cooldownMs: 30_000, staleMs: 1_800_000, timeoutMs: 60_000 },
    algorithms: ["ES256", "RS256", "EdDSA", "PS256", "ES384"],
    maxLifetimeMs: 900_000,
    clockSkewMs: 30_000,
    subjectType: "agent",
    claims: {
      roles: "roles",
      scopes: "scope",
      session: "sid",
      purpose: "purpose",
      taskText: "task_text",
      owner: "owner",
      client: "client_id",
      task: null,
      actingFor: null,
    },
    dpop: { algorithms: ["ES256", "EdDSA", "PS256"], maxAgeMs: 60_000, nonce: false },
    introspection: null,
    bundleFile: null,
    workloads: {},
    ...change,
  };
}

export function route(issuers: readonly string[], change: Partial<Route> = {}): Route {
  return { id: "payments", host: "*", prefix: "/payments", audience, issuers, scopes: [], ...change } as Route;
}

export interface Minted {
  readonly claims?: JWTPayload & Record<string, unknown>;
  readonly header?: Partial<JWTHeaderParameters> & Record<string, unknown>;
  /** Claims taken out again. */
  readonly without?: readonly string[];
}

export async function mint(key: SigningKey, issuer: string, clock: HandClock, change: Minted = {}): Promise<string> {
  const iat = Math.floor(clock.now() / 1000);
  const claims: Record<string, unknown> = {
    iss: issuer,
    sub: "refund-bot",
    aud: audience,
    iat,
    exp: iat + 300,
    ...change.claims,
  };
  for (const name of change.without ?? []) delete claims[name];
  const header = { alg: key.alg, kid: key.kid, typ: "at+jwt", ...change.header };
  return new SignJWT(claims).setProtectedHeader(header).sign(key.privateKey, { crit: { exp: true } });
}

export function request(authorization: string | null, rawHeaders?: string[]): IncomingMessage {
  const headers = authorization === null ? {} : { authorization };
  return {
    method: "GET",
    url: "/payments/v1/orders/881",
    socket: new Socket(),
    headers,
    rawHeaders: rawHeaders ?? (authorization === null ? [] : ["Authorization", authorization]),
  } as unknown as IncomingMessage;
}

/** The listener's public origin in these tests. */
export const origin = "https://gw.example";

export const noCertificates: CertificateTrust = {
  authorities: () => [],
  clientCa: false,
  bundleOf: () => null,
  soleBundle: false,
  refresh: () => false,
};

function counting() {
  let count = 0;
  return { make: (prefix: string) => `${prefix}_${(count += 1)}` };
}

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export function identifier(
  issuers: readonly TrustedIssuer[],
  clock: HandClock,
  change: Partial<IdentifyDeps> = {},
): Identify {
  return identification(issuers, clock, change).identify;
}

export function identification(
  issuers: readonly TrustedIssuer[],
  clock: HandClock,
  change: Partial<IdentifyDeps> = {},
): ReturnType<typeof createIdentify> {
  return createIdentify({
    issuers,
    clock,
    logger: silent,
    ids: counting(),
    originOf: () => origin,
    trust: noCertificates,
    metadata: { urlOf: () => null },
    maxProofs: 1_000,
    sharedProofs: null,
    secret: (reference) => `secret of ${reference}`,
    ...change,
  });
}

/** The subject, or the code of the refusal. */
export async function outcome(identify: Identify, token: string | null, at: Route): Promise<Subject | string> {
  try {
    return await identify({ req: request(token === null ? null : `Bearer ${token}`) }, { route: at });
  } catch (thrown) {
    return asRefusal(thrown).code;
  }
}
