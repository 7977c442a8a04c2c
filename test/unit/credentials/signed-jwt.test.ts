import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import canonicalize from "canonicalize";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify, type JWTPayload } from "jose";
import { openOwnKeys, type OwnKeys } from "../../../gateway/credentials/own-keys.ts";
import { signedJwt } from "../../../gateway/credentials/signed-jwt.ts";
import type { SignedJwtCredential } from "../../../gateway/domain/oauth-credential.ts";
import type { CredentialWish } from "../../../gateway/domain/ports.ts";
import { facts, route, subject, TestClock, testIds, toolCall } from "../../support/builders.ts";

let folder: string;
let keys: OwnKeys;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-jwt-"));
  keys = openOwnKeys(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const place = { in: "header", name: "authorization", prefix: "Bearer " } as const;
const clock = new TestClock();

function provider(changes: Partial<SignedJwtCredential> = {}, issuer: string | null = "https://gw.example") {
  const known = { provider: "signed_jwt", name: "crm", place, audience: null, ttlS: 30, key: null } as const;
  return signedJwt({ ...known, ...changes }, { keys, clock, ids: testIds(), issuer: () => issuer });
}

function wish(changes: Partial<CredentialWish> = {}): CredentialWish {
  const known = { scope: null, resource: null, ttlS: null, callerToken: () => "agent-token" };
  return { call: toolCall(), subject: subject(), session: facts().session, task: null, ...known, ...changes };
}

async function claimsOf(made: { readonly secrets: readonly string[] }): Promise<JWTPayload> {
  const set = createLocalJWKSet(keys.publicKeys as unknown as JSONWebKeySet);
  const options = { currentDate: new Date(clock.now()), typ: "sallyport-call+jwt" };
  return (await jwtVerify(made.secrets[0] ?? "", set, options)).payload;
}

test("says who the call is for, who acts, which tool and which arguments, for a short time", async () => {
  const who = subject({ actingFor: { id: "ann", claims: {} }, actorChain: ["refund-bot", "planner"] });
  const made = await provider().obtain(wish({ subject: who }));
  const iat = Math.floor(clock.now() / 1_000);
  const { arguments: args, request } = toolCall();
  expect(await claimsOf(made)).toEqual({
    iss: "https://gw.example",
    aud: "http://127.0.0.1:1",
    iat,
    exp: iat + 30,
    jti: expect.any(String) as string,
    sub: "ann",
    sub_iss: "https://idp.example",
    client_id: "refund-bot",
    act: { sub: "refund-bot", act: { sub: "planner" } },
    authorization_details: [
      {
        type: "sallyport_tool_call",
        actions: ["tools/call"],
        locations: ["http://127.0.0.1:1"],
        tool: "payments/create_refund",
        arguments_digest: `sha256:${hash("sha256", canonicalize(args) ?? "", "hex")}`,
        request_digest: request.digest,
      },
    ],
  });
  expect(made).toMatchObject({
    inject: [{ place, value: `Bearer ${made.secrets[0]}` }],
    expiresAt: (iat + 30) * 1_000,
  });
});

test("is as narrow as policy says", async () => {
  const made = await provider().obtain(wish({ scope: ["read"], resource: "https://crm.example", ttlS: 5 }));
  const claims = await claimsOf(made);
  expect(claims).toMatchObject({ scope: "read", aud: "https://crm.example" });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(5);
  expect(((await claimsOf(await provider().obtain(wish({ ttlS: 500 })))).exp ?? 0) - (claims.iat ?? 0)).toBe(30);
});

test("is another for each call, and names no actor when the caller acts for itself", async () => {
  const jwt = provider({ audience: "crm" });
  const [one, two] = await Promise.all([jwt.obtain(wish()), jwt.obtain(wish())]);
  const [first, second] = await Promise.all([claimsOf(one), claimsOf(two)]);
  expect(first.jti).not.toBe(second.jti);
  expect(first).toMatchObject({ sub: "refund-bot", aud: "crm" });
  expect(first).not.toHaveProperty("act");
});

test("has the address of the tool server with its path, and no digest of arguments that nobody read", async () => {
  const call = toolCall({ route: route({ upstreamPrefix: "/mcp" }), argumentsOmitted: true });
  const claims = await claimsOf(await provider().obtain(wish({ call })));
  expect(claims.aud).toBe("http://127.0.0.1:1/mcp");
  expect((claims["authorization_details"] as object[])[0]).not.toHaveProperty("arguments_digest");
});

test("is not made while the gateway does not know its own address", async () => {
  await expect(provider({}, null).obtain(wish())).rejects.toMatchObject({ kind: "misconfigured" });
});
