import type { Page } from "playwright-core";
import { freePort } from "../../demo/gate/config-file.ts";
import { connectedAccountStore } from "../../gateway/store/connected-accounts.ts";
import type { ConnectedAccountStore } from "../../gateway/domain/ports.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing, type Screen } from "../support/console/browse.ts";
import { type ConsentServer, startConsentServer } from "../support/person/consent-server.ts";
import { connected } from "../support/store-contracts/connected-accounts.ts";
import { callbackOf, peopleAt, personCredential } from "../support/person/people-at.ts";

describeInChromium("connected accounts", () => {
  let web: Browsing;
  let acme: ConsentServer;
  let store: ConnectedAccountStore;
  beforeAll(async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    acme = await startConsentServer({ redirectUris: [callbackOf(url)] });
    web = await browse({
      port,
      connectedAccounts({ connection, accounts }) {
        store = connectedAccountStore(connection);
        const mail = personCredential(acme, { name: "mail", label: "Corporate Mail and Calendar", scopes: ["read"] });
        return peopleAt({ connection, accounts, credentials: [personCredential(acme), mail], consoleUrl: url });
      },
    });
  });
  afterAll(async () => {
    await web?.close();
    await acme?.close();
  });
  afterEach(async () => {
    for (const { id } of await store.all()) await store.remove(id, 1);
  });

  async function signedIn(path: string, screen: Screen = {}) {
    const visit = await web.open(path, screen);
    await visit.signIn();
    return visit;
  }

  /** Leaving for the other side is wanted here. */
  const unwanted = (mishaps: readonly string[]) =>
    mishaps.filter((mishap) => !mishap.startsWith("request: ") && !mishap.includes("status of 404"));

  async function consentThere(page: Page, who: string): Promise<void> {
    await page.waitForURL(`${acme.issuer}/**`);
    await page.getByLabel("Who").fill(who);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${web.running.url}/connected-accounts`);
  }

  test("are connected at the other side, shown, and disconnected there too", async () => {
    const { page, mishaps } = await signedIn("/connected-accounts?connect=acme");
    await page.getByText("An agent needs this account for what it does for you.").waitFor();
    await page.getByRole("button", { name: "Connect Acme Cloud" }).click();
    await consentThere(page, "alice@acme");
    await page.getByText("alice@acme").waitFor();
    expect(page.url()).toBe(`${web.running.url}/connected-accounts`);
    const revocations = acme.calls.get("/token/revocation") ?? 0;
    await page.getByRole("button", { name: "Disconnect Acme Cloud" }).click();
    await page.getByRole("button", { name: "Disconnect for good" }).click();
    await page.getByText("alice@acme").waitFor({ state: "detached" });
    expect(acme.calls.get("/token/revocation")).toBe(revocations + 1);
    expect(unwanted(mishaps)).toEqual([]);
  });

  test("of everybody are shown to operators, who disconnect one with a reason that the person reads", async () => {
    const { account, user } = web.running;
    await web.running.setRoles(["operator"]);
    await store.put(connected({ account, credential: "acme", upstream: "me@acme", sealed: null }));
    const { page, mishaps } = await signedIn("/access");
    await page.getByRole("heading", { name: `${user} at Acme Cloud` }).waitFor();
    const form = page.getByRole("form", { name: `Disconnect ${user} from Acme Cloud` });
    await form.getByLabel("Why").fill("the account was taken over");
    await form.getByRole("button", { name: "Disconnect" }).click();
    await page.getByText("Disconnected. Ended with it: ").waitFor();
    await page.getByText("the account was taken over").waitFor();
    await page.goto(`${web.running.url}/connected-accounts`);
    await page.getByText("An operator disconnected it:").waitFor();
    await page.getByText("the account was taken over").waitFor();
    expect(unwanted(mishaps)).toEqual([]);
  });

  test("are not connected by an address that somebody else made", async () => {
    const { page } = await signedIn("/connected-accounts/callback/acme?code=theirs&state=theirs");
    await page.getByRole("heading", { name: "Nothing was connected" }).waitFor();
    expect(page.url()).toBe(`${web.running.url}/connected-accounts/callback/acme`);
    expect(await store.all()).toEqual([]);
    await page.getByRole("link", { name: "Begin again" }).click();
    await page.getByRole("button", { name: "Connect Acme Cloud" }).waitFor();
  });

  test("are found from one's own account, and connected only where the other side sends people back to", async () => {
    const { page } = await signedIn("/account", { host: "localhost" });
    await page.getByRole("link", { name: "Connected accounts" }).click();
    await page.getByRole("link", { name: web.running.url }).first().waitFor();
    expect(await page.getByRole("button", { name: "Connect Acme Cloud" }).count()).toBe(0);
  });

  test.each([
    [1280, false],
    [1280, true],
    [360, false],
    [360, true],
  ])("read well at %i pixels, dark: %p", async (width, dark) => {
    const { page, axe } = await signedIn("/connected-accounts?connect=mail", { width, dark });
    await page.getByRole("button", { name: "Connect Acme Cloud" }).click();
    await consentThere(page, "alice.of.a.rather.long.name@acme.example");
    const [one] = await store.all();
    await store.used(one?.id ?? "", "spiffe://corp.example/agents/refund-bot", Date.now() - 90_000);
    await page.goto(`${web.running.url}/connected-accounts?connect=mail`);
    await page.getByText("refund-bot").waitFor();
    await page.getByRole("button", { name: "Disconnect Acme Cloud" }).click();
    await page.getByRole("button", { name: "Disconnect for good" }).waitFor();
    expect(await axe()).toEqual([]);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
  });
});
