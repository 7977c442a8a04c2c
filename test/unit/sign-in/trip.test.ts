/** The way to a real provider and back. */
import type { ProviderSettings } from "../../../gateway/domain/settings.ts";
import { createProvider } from "../../../gateway/sign-in/provider.ts";
import { type ProviderTrips, providerTrips } from "../../../gateway/sign-in/trip.ts";
import { TestClock } from "../../support/builders.ts";
import { alice, bob } from "../../support/console/provider-settings.ts";
import {
  consoleClient,
  consoleSecret,
  type PeopleProvider,
  startPeopleProvider,
} from "../../support/identity/people-provider.ts";
import { FormBrowser } from "../../support/oauth/form-browser.ts";
import { quiet } from "../../support/quiet.ts";
import { randomUUID } from "node:crypto";

const home = "http://127.0.0.1:45678";
const back = `${home}/login/callback`;

let provider: PeopleProvider;
let settings: ProviderSettings;
beforeAll(async () => {
  provider = await startPeopleProvider(home, [alice, bob]);
  settings = { issuer: provider.issuer, clientId: consoleClient, secretReference: "x", scopes: ["openid", "profile"] };
});
afterAll(() => provider.close());

function trips(): { readonly clock: TestClock; readonly all: ProviderTrips<string> } {
  const clock = new TestClock();
  const ids = { make: () => randomUUID() };
  const deps = { clock, ids, logger: quiet, redirectUri: () => back, secret: () => consoleSecret };
  return { clock, all: providerTrips<string>(settings, deps) };
}

async function signInThere(location: string, who: string): Promise<string> {
  const browser = new FormBrowser();
  const page = await browser.open(location, back);
  return (await browser.submit(page, { who, do: "login" }, back)).url.search;
}

test("brings back who signed in, with the purpose, once, to whoever kept the secret", async () => {
  const { all, clock } = trips();
  const { location, secret } = await all.begin("to vote", "a");
  const query = await signInThere(location, "alice");
  await expect(all.finish("another", query, [])).rejects.toMatchObject({ code: "login_expired" });
  clock.advance(3_000);
  const returned = await all.finish(secret, query, ["preferred_username"]);
  expect(returned).toMatchObject({ purpose: "to vote", identity: { subject: alice.sub }, elapsedMs: 3_000 });
  expect(returned.identity.claims["preferred_username"]).toBe("alice");
  await expect(all.finish(secret, query, [])).rejects.toMatchObject({ code: "login_expired" });
});

test("takes no answer of another trip, and none that came too late", async () => {
  const { all, clock } = trips();
  const [one, other] = [await all.begin("x", "a"), await all.begin("x", "a")];
  const query = await signInThere(one.location, "bob");
  await expect(all.finish(other.secret, query, [])).rejects.toMatchObject({ code: "login_invalid" });
  clock.advance(10 * 60_000);
  await expect(all.finish(one.secret, query, [])).rejects.toMatchObject({ code: "login_expired" });
});

test("says that the provider cannot be asked", async () => {
  const unreachable = createProvider(
    { configuration: () => Promise.reject(new Error("down")), markOutdated: () => undefined } as never,
    quiet,
  );
  await expect(unreachable.authorizationUrl({})).rejects.toMatchObject({ code: "login_unavailable" });
  expect(await trips().all.endSessionUrl({ id_token_hint: "x" })).toContain("/session/end");
});
