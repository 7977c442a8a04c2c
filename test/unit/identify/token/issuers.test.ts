import type { TrustedIssuer } from "../../../../gateway/domain/trusted-issuer.ts";
import { introspectionIssuer, pinnedIssuer, tokenIssuers } from "../../../../gateway/identify/token/verify-token.ts";
import { handClock, route, silent, trustedIssuer } from "../fixtures.ts";

const iss = "https://idp.example";
const domain = "spiffe://example.org";
const introspection = {
  endpoint: `${iss}/introspect`,
  clientId: "gw",
  secretReference: "env:X",
  cacheMs: 0,
  timeoutMs: 1,
  recheckMs: 0,
  unansweredMs: 0,
};
const none = { kind: "none" } as const;
const trusted: readonly TrustedIssuer[] = [
  trustedIssuer(iss, `${iss}/jwks`),
  trustedIssuer(iss, "", { kind: "introspection", trust: `introspection:${iss}`, keys: none, introspection }),
  trustedIssuer(domain, `${iss}/bundle`, { kind: "spiffe-jwt", trust: `spiffe-jwt:${domain}` }),
  trustedIssuer(domain, "", { kind: "spiffe-x509", trust: `spiffe-x509:${domain}`, keys: none }),
];
const issuers = tokenIssuers(trusted, { clock: handClock(), logger: silent, secret: () => "" });

test("opens every issuer of tokens, and none of certificates", () => {
  expect([...issuers.keys()]).toEqual([iss, `introspection:${iss}`, `spiffe-jwt:${domain}`]);
});

test("verifies signed tokens by keys, also of an issuer that is asked again about what is under way", () => {
  const asked = trustedIssuer(iss, `${iss}/jwks`, { introspection });
  const [opened] = tokenIssuers([asked], { clock: handClock(), logger: silent, secret: () => "" }).values();
  expect(opened).toHaveProperty("keySet");
  expect(opened).not.toHaveProperty("introspector");
});

test.each<[string, Record<string, string>, string[], string]>([
  ["its iss", { iss }, [iss], iss],
  ["its iss, by introspection where only that is trusted", { iss }, [`introspection:${iss}`], `introspection:${iss}`],
  [
    "its trust domain, whatever its iss",
    { iss: "x", sub: `${domain}/bot` },
    [`spiffe-jwt:${domain}`],
    `spiffe-jwt:${domain}`,
  ],
])("pins a token to %s", (_, claims, trusts, trust) => {
  expect(pinnedIssuer(claims, route(trusts), issuers).issuer.trust).toBe(trust);
});

test.each<[string, Record<string, string>, string[]]>([
  ["an issuer that the route does not trust", { iss }, [`spiffe-jwt:${domain}`]],
  ["an iss with a slash more", { iss: `${iss}/` }, [iss]],
  ["no iss", {}, [iss]],
  ["a trust domain that is trusted for certificates only", { sub: `${domain}/bot` }, [`spiffe-x509:${domain}`]],
])("refuses a token of %s", (_, claims, trusts) => {
  expect(() => pinnedIssuer(claims, route(trusts), issuers)).toThrow(
    expect.objectContaining({ code: "token_issuer_unknown" }),
  );
});

test("asks about opaque tokens only where the route trusts an issuer by introspection", () => {
  expect(introspectionIssuer(route([iss, `introspection:${iss}`]), issuers)?.issuer.kind).toBe("introspection");
  expect(introspectionIssuer(route([iss]), issuers)).toBeNull();
});
