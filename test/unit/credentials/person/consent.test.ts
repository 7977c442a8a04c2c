/** Against a real authorization server (oidc-provider): what people bring back from it. */
import type { ConsentServer } from "../../../support/person/consent-server.ts";
import { callbackOf, personCredential } from "../../../support/person/people-at.ts";
import { alice, bob, consentServer, consoleUrl, personRoom } from "../../../support/person/person-room.ts";

const open: ConsentServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function server(options: Parameters<typeof consentServer>[0] = {}): Promise<ConsentServer> {
  const started = await consentServer(options);
  open.push(started);
  return started;
}

describe("what comes back from the other side", () => {
  test("is taken once, and only from who began it", async () => {
    const at = await server();
    const { people } = await personRoom(at);
    const { location } = await people.begin(alice.id, "acme");
    const query = await at.consent(location, "mallory@acme");
    await expect(people.finish(bob.id, "acme", query)).rejects.toMatchObject({ code: "connection_expired" });
    await people.finish(alice.id, "acme", query);
    await expect(people.finish(alice.id, "acme", query)).rejects.toMatchObject({ code: "connection_expired" });
  });

  test.each<[string, (query: string) => string, string]>([
    [
      "another issuer (RFC 9207)",
      (query) => query.replace(/iss=[^&]+/, "iss=https%3A%2F%2Fevil.example"),
      "connection_invalid",
    ],
    ["no issuer, from a server that always says it", (query) => query.replace(/&?iss=[^&]+/, ""), "connection_invalid"],
    ["another state", (query) => query.replace(/state=[^&]+/, "state=other"), "connection_expired"],
    ["two states", (query) => `${query}&state=other`, "connection_expired"],
    ["another code", (query) => query.replace(/code=[^&]+/, "code=other"), "connection_invalid"],
  ])("is refused with %s", async (_what, change, code) => {
    const at = await server();
    const { people, store } = await personRoom(at);
    const { location } = await people.begin(alice.id, "acme");
    const query = change(await at.consent(location, "alice@acme"));
    await expect(people.finish(alice.id, "acme", query)).rejects.toMatchObject({ code });
    expect(await store.all()).toEqual([]);
  });

  test("is a refusal when the person turned back", async () => {
    const at = await server();
    const { people } = await personRoom(at);
    const { location } = await people.begin(alice.id, "acme");
    const finished = people.finish(alice.id, "acme", await at.consent(location, "nobody"));
    await expect(finished).rejects.toMatchObject({ code: "connection_declined", hint: "access_denied" });
  });

  test("carries a challenge (S256) and a state that are fresh each time", async () => {
    const { people } = await personRoom(await server());
    const [one, two] = await Promise.all([people.begin(alice.id, "acme"), people.begin(alice.id, "acme")]);
    const query = (at: { location: string }) => Object.fromEntries(new URL(at.location).searchParams);
    expect(query(one)).toMatchObject({
      code_challenge_method: "S256",
      redirect_uri: callbackOf(consoleUrl),
      scope: "openid read write",
    });
    expect(query(one)["state"]).not.toBe(query(two)["state"]);
    expect(query(one)["code_challenge"]).not.toBe(query(two)["code_challenge"]);
  });

  test("cannot be begun while the other side is down", async () => {
    const at = await server();
    const { people } = await personRoom(at, {
      client: { ...personCredential(at).client, issuer: "http://127.0.0.1:1" },
    });
    await expect(people.begin(alice.id, "acme")).rejects.toMatchObject({ code: "connection_unavailable", hint: null });
  });
});
