import { asNarrowAsAsked } from "../../../gateway/credentials/narrowing.ts";
import type { CredentialProvider } from "../../../gateway/domain/ports.ts";
import { wish } from "../../support/credentials.ts";

const made = { inject: [], secrets: [], expiresAt: null };
const provider: CredentialProvider = { obtain: async () => made, revoke: async () => 3 };
const resource = "https://crm.example";

test.each(["static", "vault", "aws"] as const)("refuses a scope or resource of a secret of %s", async (kind) => {
  const narrow = asNarrowAsAsked({ name: "crm", provider: kind }, provider);
  const refused = { code: "obligation_failed", hint: expect.stringContaining("crm") as string };
  await expect(narrow.obtain(wish({ scope: ["read"] }))).rejects.toMatchObject(refused);
  await expect(narrow.obtain(wish({ resource }))).rejects.toMatchObject(refused);
  expect(await narrow.obtain(wish({ ttlS: 60 }))).toBe(made);
  expect(await narrow.revoke?.(() => true)).toBe(3);
});

test("a person's account has scopes, and no resource that policy could name", async () => {
  const narrow = asNarrowAsAsked({ name: "acme", provider: "person" }, provider);
  expect(await narrow.obtain(wish({ scope: ["read"] }))).toBe(made);
  await expect(narrow.obtain(wish({ resource }))).rejects.toMatchObject({ code: "obligation_failed" });
});

test.each(["client_credentials", "token_exchange", "id_jag", "signed_jwt"] as const)(
  "leaves what is asked of %s to its provider",
  async (kind) => {
    expect(
      await asNarrowAsAsked({ name: "crm", provider: kind }, provider).obtain(wish({ scope: ["read"], resource })),
    ).toBe(made);
  },
);
