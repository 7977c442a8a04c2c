import { assertKnown } from "../../../gateway/leases/known-names.ts";
import { readWish } from "../../../gateway/leases/read-wish.ts";
import { knownNames, lease } from "../../support/tasks/leases.ts";
import { leaseWorld } from "../../support/tasks/world.ts";

const asked = { purpose: "Refund order 881", tools: ["payments/*"], agents: ["refund-bot"] };

function hintOf(wish: object, names = knownNames): unknown {
  try {
    assertKnown(readWish({ ...asked, ...wish }), names);
    return null;
  } catch (thrown) {
    return `${(thrown as { code: string }).code} ${(thrown as { hint: string }).hint}`;
  }
}

test("takes servers of routes and configured issuers, and agents without one", () => {
  expect(hintOf({})).toBeNull();
  expect(hintOf({ agents: [{ client: "x", issuer: "https://idp.example" }], tools: ["crm/a/b"] })).toBeNull();
});

test("refuses others with their place and what is known", () => {
  expect(hintOf({ tools: ["payments/*", "nosuch/*"] })).toBe(
    "task_invalid /tools/1: no route has this server; known: crm, payments",
  );
  expect(hintOf({ agents: ["a", { client: "x", issuer: "nobody" }] })).toBe(
    "task_invalid /agents/1/issuer: is no issuer of this configuration; known: https://idp.example",
  );
  const many = new Set(Array.from({ length: 12 }, (_none, index) => `s${index}`));
  expect(hintOf({}, { ...knownNames, servers: many })).toMatch(/s0, .* and 2 more$/);
  expect(hintOf({}, { ...knownNames, servers: new Set() })).toMatch(/known: none$/);
});

test("leaves a task of a server that was removed, and parts that take it over", async () => {
  const { service, store, clock } = leaseWorld();
  const { opener } = lease();
  const whole = lease({ tools: ["removed/*"], opened: clock.now() });
  await store.insert({ ...whole, limits: { ...whole.limits, until: clock.now() + 60_000 } }, 10, clock.now());
  const part = await service.draft({ purpose: "Look", parent: whole.id }, opener, "https://idp.example");
  expect(part.tools).toEqual(["removed/*"]);
  const wish = { purpose: "Look", parent: whole.id, tools: ["removed/x"] };
  await expect(service.draft(wish, opener, "https://idp.example")).rejects.toMatchObject({ code: "task_invalid" });
});
