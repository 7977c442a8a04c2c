import { CredentialRegistry } from "../../../gateway/credentials/registry.ts";
import { CredentialFailure } from "../../../gateway/domain/credential.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import type { CredentialProvider, CredentialWish } from "../../../gateway/domain/ports.ts";
import { TestClock } from "../../support/builders.ts";

const made = { inject: [], secrets: [], expiresAt: null };
const wish = {} as CredentialWish;

function world(...answers: (() => unknown)[]) {
  const clock = new TestClock();
  const lines: unknown[] = [];
  const note = (message: string, fields?: object) => void lines.push({ message, ...fields });
  const logger = { debug: note, info: note, warn: note, error: note };
  const provider: CredentialProvider = {
    obtain: async () => (await (answers.shift() ?? (() => made))()) as typeof made,
    revoke: async () => 2,
  };
  const registry = new CredentialRegistry(
    new Map([
      ["crm", provider],
      ["none", { obtain: async () => made }],
    ]),
    { clock, logger },
  );
  return { registry, clock, lines };
}

const failing = (failure: Error) => () => Promise.reject(failure);
const down = new CredentialFailure("unreachable", "idp.example could not be reached (ECONNREFUSED)");

test("names the credential and nothing else to the caller, and the reason to the operator", async () => {
  const { registry, lines } = world(failing(down));
  const refusal = await registry.obtain("crm", wish).catch((thrown: unknown) => thrown as Refusal);
  expect(refusal).toMatchObject({ code: "credential_unavailable", status: 503, hint: "crm" });
  expect((refusal as Refusal).sentence).not.toContain("idp.example");
  expect(lines).toMatchObject([{ credential: "crm", kind: "unreachable", error: down.message }]);
});

test("shows nothing of the words of an unexpected fault, which may quote an answer", async () => {
  const { registry, lines } = world(failing(new TypeError("got s3cret-canary")));
  const refusal = await registry.obtain("crm", wish).catch((thrown: unknown) => thrown as Refusal);
  expect(JSON.stringify([refusal, (refusal as Refusal).detail, lines, registry.findings()])).not.toContain(
    "s3cret-canary",
  );
  expect(lines).toMatchObject([{ error: "the provider failed (TypeError)" }]);
});

test("says in health what cannot be obtained until it can be again", async () => {
  const { registry, lines, clock } = world(failing(down), failing(down), () => made);
  for (const _of of [1, 2]) await registry.obtain("crm", wish).catch(() => undefined);
  expect(registry.findings()).toMatchObject([{ name: "credential", severity: "degraded" }]);
  expect(lines).toHaveLength(1);
  clock.advance(1_000);
  await registry.obtain("crm", wish);
  expect(registry.findings()).toEqual([]);
  expect(lines[1]).toMatchObject({ message: "the credential can be obtained again" });
});

test("takes a refusal for one caller for no fault of the credential", async () => {
  const { registry } = world(failing(new CredentialFailure("refused", "answered 400 invalid_grant")));
  await registry.obtain("crm", wish).catch(() => undefined);
  expect(registry.findings()).toEqual([]);
});

test("passes on that a person has not connected an account", async () => {
  const { registry, lines } = world(
    failing(new Refusal("credential_not_connected", { hint: "https://gw.example/connect" })),
  );
  await expect(registry.obtain("crm", wish)).rejects.toMatchObject({ code: "credential_not_connected" });
  expect(lines).toEqual([]);
});

test("refuses a name that nobody configured", async () => {
  const { registry } = world();
  expect([registry.has("crm"), registry.has("nobody")]).toEqual([true, false]);
  await expect(registry.obtain("nobody", wish)).rejects.toMatchObject({ code: "obligation_failed" });
});

test("counts what all providers have voided", async () => {
  expect(await world().registry.revoke(() => true)).toBe(2);
});
