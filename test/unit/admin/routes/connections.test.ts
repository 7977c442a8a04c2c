import { connectionRoutes } from "../../../../gateway/admin/routes/connections.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import { nothingEnded } from "../../../../gateway/domain/ended.ts";
import type { ConnectedAccounts, PersonConnection } from "../../../../gateway/domain/ports.ts";
import { TestClock } from "../../../support/builders.ts";
import { type MountedRoutes, mountRoutes, testSession } from "../../../support/console/mount-routes.ts";
import { connected } from "../../../support/store-contracts/connected-accounts.ts";

const closing: MountedRoutes[] = [];
afterEach(() => Promise.all(closing.splice(0).map((one) => one.close())));

const mine: PersonConnection = {
  ...connected({ usedAt: 5_000, usedBy: "refund-bot" }),
  person: "alice",
  label: "The CRM",
};
const theirs: PersonConnection = {
  ...connected({ id: "k_2", account: "bob", ended: { why: "operator", reason: "taken over", at: 7_000 } }),
  person: null,
  label: null,
};

async function world(roles: readonly string[] = ["operator"]) {
  const told: unknown[] = [];
  const connectedAccounts = {
    everybodys: async () => [mine, theirs],
    async disconnectFor(id: string, why: object) {
      if (id !== "k_1") throw new Refusal("connection_unknown");
      told.push(why);
      return { ...nothingEnded, calls: 2, unanswered: 0 };
    },
  } as unknown as ConnectedAccounts;
  const deps = { connectedAccounts, clock: new TestClock() };
  const routes = await mountRoutes(testSession({ user: "carol", roles }), (app) => connectionRoutes(app, deps));
  closing.push(routes);
  return { routes, told };
}

test("shows operators who is connected to what, and nothing that is sealed", async () => {
  const { routes } = await world();
  const { body } = await routes.send("GET", "/api/connections");
  expect(body["items"]).toEqual([
    {
      id: "k_1",
      person: "alice",
      account: "alice",
      credential: "crm",
      label: "The CRM",
      upstream: "alice@crm",
      scopes: ["read", "write"],
      connected_at: 1_000,
      used_at: 5_000,
      used_by: "refund-bot",
      token_ends_at: 90_000,
      renewed: true,
      state: "connected",
      why: null,
      reason: null,
      ended_at: null,
    },
    expect.objectContaining({
      id: "k_2",
      person: null,
      account: "bob",
      label: null,
      state: "ended",
      why: "operator",
      reason: "taken over",
      ended_at: 7_000,
    }),
  ]);
  expect(JSON.stringify(body)).not.toContain("sealed");
});

test("disconnects somebody for an operator who says why, and answers what ended with it", async () => {
  const { routes, told } = await world();
  const disconnect = (id: string, body: object) => routes.send("POST", `/api/connections/${id}/disconnect`, body);
  expect(await disconnect("k_1", { reason: " " })).toMatchObject({ status: 400 });
  expect(await disconnect("k_9", { reason: "taken over" })).toMatchObject({ body: { code: "connection_unknown" } });
  expect(await disconnect("k_1", { reason: "taken over" })).toMatchObject({
    status: 200,
    body: { id: "k_1", matched: { calls: 2 } },
  });
  expect(told).toEqual([{ by: "carol", reason: "taken over" }]);
});

test("shows nothing to anybody else, and disconnects nobody for them", async () => {
  const { routes, told } = await world(["payments-approver"]);
  expect(await routes.send("GET", "/api/connections")).toMatchObject({ status: 403 });
  expect(await routes.send("POST", "/api/connections/k_1/disconnect", { reason: "x" })).toMatchObject({ status: 403 });
  expect(told).toEqual([]);
});
