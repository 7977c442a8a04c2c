/** People sign in at a provider and connect accounts at another one (both oidc-provider); one agent acts for each of them. */
import { alice, bob } from "../support/console/provider-settings.ts";
import { speaker } from "../support/mcp-messages.ts";
import { type PeopleGateway, startPeopleGateway } from "../support/person/people-gateway.ts";

describe("one agent that acts for two people", () => {
  let world: PeopleGateway;
  beforeAll(async () => {
    world = await startPeopleGateway([alice, bob]);
    // Each has an account in the console from the first sign-in on.
    for (const name of ["alice", "bob"]) await world.person(name);
  });
  afterAll(() => world?.close());

  test("is told where a person connects who has not yet, over HTTP and MCP, and nothing is sent", async () => {
    const { link, gateway, acme } = world;
    expect(await world.call("alice")).toMatchObject({
      status: 403,
      body: {
        code: "credential_not_connected",
        executed: false,
        retryable: false,
        connect_url: link,
        detail: expect.stringContaining(link),
        next: "Have the person connect the account at the address given, then send it again.",
      },
    });
    const mcp = speaker(`${gateway.agents}/mcp/crm`, world.tokenFor("alice", "/mcp/crm"), "2025-06-18");
    const { result } = await mcp.ask("tools/call", { name: "find_ticket", arguments: { id: "t-1" } });
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining(link) }],
      _meta: { "dev.sallyport/decision": { code: "credential_not_connected", connectUrl: link } },
    });
    expect(acme.calls.get("tools")).toBeUndefined();
  });

  test("reaches the account of each, and after one disconnects the other's alone", async () => {
    await world.connect("alice", "alice@acme");
    await world.connect("bob", "bob@acme");
    const both = await Promise.all(["alice", "bob", alice.sub].map((name) => world.call(name)));
    expect(both.map(({ status, body }) => [status, body["account"] ?? body])).toEqual([
      [200, "alice@acme"],
      [200, "bob@acme"],
      // By `sub` only tokens of the provider itself name people.
      [403, expect.objectContaining({ code: "credential_not_connected" })],
    ]);
    expect(await world.disconnect("alice")).toBe(204);
    const after = await Promise.all(["alice", "bob"].map((name) => world.call(name)));
    expect(after.map(({ status, body }) => [status, body["account"] ?? body["connect_url"]])).toEqual([
      [403, world.link],
      [200, "bob@acme"],
    ]);
    expect(world.acme.calls.get("/token/revocation")).toBe(1);
    await world.connect("alice", "alice@acme");
    expect(await world.call("alice")).toMatchObject({ status: 200, body: { account: "alice@acme" } });
  });

  test("finds the accounts again after a restart, by what is sealed in the store", async () => {
    await world.connect("bob", "bob@acme");
    await world.gateway.kill("SIGKILL");
    await world.gateway.startAgain();
    expect(await world.call("bob")).toMatchObject({ status: 200, body: { account: "bob@acme" } });
  });
});
