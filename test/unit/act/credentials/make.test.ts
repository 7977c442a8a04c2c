import { noInjection } from "../../../../gateway/act/credentials/injection.ts";
import { makeInjection } from "../../../../gateway/act/credentials/make.ts";
import type { InjectCredential } from "../../../../gateway/domain/decision.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { Credentials, CredentialWish } from "../../../../gateway/domain/ports.ts";
import { evaluated, route, toolCall } from "../../../support/builders.ts";

function world(aborted = false) {
  const wishes: [string, CredentialWish][] = [];
  const credentials = {
    obtain: (name: string, wish: CredentialWish) => {
      wishes.push([name, wish]);
      const inject = [{ place: { in: "header" as const, name: `x-${name}` }, value: `${name}-secret` }];
      return Promise.resolve({ inject, secrets: [`${name}-secret`], expiresAt: null });
    },
  } as unknown as Credentials;
  const exchange = { req: { rawHeaders: ["Authorization", "Bearer agent-token"] }, connection: { aborted } } as never;
  const inject = makeInjection(credentials, exchange);
  return {
    wishes,
    make: async (...asked: Parameters<typeof inject>) => inject(...asked),
    narrow: () => wishes.map(([name, wish]) => ({ name, ...pick(wish) })),
  };
}

const pick = ({ scope, resource, ttlS }: CredentialWish) => ({ scope, resource, ttlS });
const duty = (credential: string, rest: Partial<InjectCredential> = {}): InjectCredential => ({
  type: "inject_credential",
  credential,
  ...rest,
});
const ofRoute = (credential: string | null, changes = {}) =>
  evaluated({ call: toolCall({ route: route({ credential }), ...changes }) });

test("makes nothing for a call that carries no credential", async () => {
  const { make, wishes } = world();
  expect(await make(ofRoute(null), [])).toBe(noInjection);
  expect(wishes).toEqual([]);
});

test("makes the credential of the route and those of the obligations, each once and as narrow as all say", async () => {
  const { make, narrow } = world();
  const duties = [
    duty("crm", { scope: ["read", "write"], ttl: 60 }),
    duty("crm", { scope: ["read", "list"], ttl: 30, resource: "https://crm.example" }),
    duty("other"),
  ];
  const { headers } = await make(ofRoute("crm"), duties);
  expect(headers).toEqual(["x-crm", "crm-secret", "x-other", "other-secret"]);
  expect(narrow()).toEqual([
    { name: "crm", scope: ["read"], resource: "https://crm.example", ttlS: 30 },
    { name: "other", scope: null, resource: null, ttlS: null },
  ]);
});

test("refuses one credential for two resources", async () => {
  const { make } = world();
  const duties = [duty("crm", { resource: "https://a.example" }), duty("crm", { resource: "https://b.example" })];
  await expect(make(ofRoute(null), duties)).rejects.toMatchObject({ code: "obligation_failed" });
});

test("refuses one credential for scopes that have nothing in common, which would ask for the server's default", async () => {
  const { make, wishes } = world();
  const duties = [duty("crm", { scope: ["read"] }), duty("crm", { scope: ["list"] })];
  await expect(make(ofRoute("crm"), duties)).rejects.toMatchObject({ code: "obligation_failed" });
  expect(wishes).toEqual([]);
});

test("hands the caller's own token to providers alone, as a function", async () => {
  const { make, wishes } = world();
  await make(ofRoute("crm"), []);
  expect(wishes[0]?.[1].callerToken()).toBe("agent-token");
  expect(JSON.stringify(wishes)).not.toContain("agent-token");
});

test("makes nothing for a question about the gateway's own tasks", async () => {
  const { make, wishes } = world();
  expect(await make(ofRoute("crm", { resourceType: "task" }), [])).toBe(noInjection);
  expect(wishes).toEqual([]);
});

test("refuses for a caller that left while the credential was made", async () => {
  await expect(world(true).make(ofRoute("crm"), [])).rejects.toMatchObject({ code: "client_gone" });
});

test("rejects with what the credential's provider refused", async () => {
  const credentials = { obtain: () => Promise.reject(new Refusal("credential_unavailable")) } as unknown as Credentials;
  const make = makeInjection(credentials, { req: { rawHeaders: [] }, connection: { aborted: false } } as never);
  await expect(make(ofRoute("crm"), [])).rejects.toMatchObject({ code: "credential_unavailable" });
});
