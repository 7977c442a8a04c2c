import type { Page } from "playwright-core";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { startConsoleWithProvider, type WithProvider } from "../support/console/console-with-provider.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

const fresh = { proof: "reauthenticated" } as const;

describeInChromium("people who sign in", () => {
  let web: Browsing & { readonly running: WithProvider };
  beforeAll(async () => {
    web = await browse({ start: (staticDir) => startConsoleWithProvider({ staticDir }) });
  });
  afterAll(() => web.close());

  async function hold(id: string, requirement = {}): Promise<void> {
    const binding = { acting_for: "carol@shop.example" };
    await web.running.service.add(sampleApproval({ id, created: Date.now(), requirement, binding }));
  }

  /** On the provider's own page, on another site. */
  async function signInThere(page: Page, who: string): Promise<void> {
    await page.waitForURL(`${web.running.provider.issuer}/**`);
    await page.getByLabel("Who").fill(who);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL(`${web.running.url}/**`);
  }

  /** Leaving for the provider is wanted here. */
  const unwanted = (mishaps: readonly string[]) =>
    mishaps.filter((mishap) => !mishap.startsWith("request: ") && !/status of 40[134]/.test(mishap));

  test("come from the provider to the page that they wanted, with strict cookies all the way", async () => {
    await hold("a_there");
    const { page, mishaps } = await web.open("/approvals/a_there");
    await page.getByRole("button", { name: "Sign in with Shop ID" }).click();
    await page.waitForURL(`${web.running.provider.issuer}/**`);
    const own = async () =>
      (await page.context().cookies(web.running.url)).map(({ name, sameSite, httpOnly }) => ({
        name,
        sameSite,
        httpOnly,
      }));
    const port = new URL(web.running.url).port;
    expect(await own()).toContainEqual({ name: `__Host-sallyport-login-${port}`, sameSite: "Strict", httpOnly: true });

    await signInThere(page, "alice");
    await page.getByRole("button", { name: "Deny" }).waitFor();
    expect(page.url()).toBe(`${web.running.url}/approvals/a_there`);
    expect(await page.getByRole("link", { name: "alice" }).getAttribute("title")).toContain("payments-approver");
    const after = await own();
    expect(after).toContainEqual({ name: `__Host-sallyport-${port}`, sameSite: "Strict", httpOnly: true });
    expect(after.filter(({ name }) => name.includes("login"))).toEqual([]);
    expect(unwanted(mishaps)).toEqual([]);
    // A page loaded anew is as signed in as the one that came back.
    await page.reload();
    await page.getByRole("button", { name: "Deny" }).waitFor();
  });

  test("are not signed in by an address that somebody else made", async () => {
    const { page, mishaps } = await web.open("/login/callback?code=theirs&state=theirs&iss=https%3A%2F%2Fevil.example");
    await page.getByRole("heading", { name: "The sign-in did not finish" }).waitFor();
    expect(page.url()).toBe(`${web.running.url}/login/callback`);
    expect(await page.context().cookies()).toEqual([]);
    await page.getByRole("link", { name: "Begin again" }).click();
    await page.getByRole("button", { name: "Sign in with Shop ID" }).waitFor();
    expect(unwanted(mishaps).filter((mishap) => !mishap.includes("status of 400"))).toEqual([]);
  });

  test("are asked again at the provider where policy wants that, and find what they wrote", async () => {
    await hold("a_fresh", { ...fresh, justification: true });
    const { page, mishaps } = await web.open("/approvals/a_fresh");
    await page.getByRole("button", { name: "Sign in with Shop ID" }).click();
    await signInThere(page, "alice");
    await page.getByLabel("Reason").fill("Checked against the order");
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByRole("button", { name: "Sign in again" }).click();
    // Signed in there already, and asked all the same.
    await signInThere(page, "alice");
    await page.getByText("You proved again who you are").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("Checked against the order");
    // It is in the page again, and no longer in the tab's storage.
    expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
    await page.getByRole("link", { name: "Grants" }).click();
    await page.getByLabel("Reason").waitFor({ state: "detached" });
    await page.goBack();
    await page.getByText("You proved again who you are").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("Checked against the order");
    expect((await web.running.service.get("a_fresh"))?.votes).toEqual([]);
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
    expect((await web.running.service.get("a_fresh"))?.votes).toMatchObject([
      { approver: "alice", method: "reauthenticated", reason: "Checked against the order", evidence: { by: "oidc" } },
    ]);
    expect(unwanted(mishaps)).toEqual([]);
  });

  test("give their password again where policy wants that, and stay on the page", async () => {
    await hold("a_again", fresh);
    const { page, signIn, mishaps } = await web.open("/approvals/a_again");
    await signIn();
    await page.locator(".connection.live").waitFor();
    await page.getByRole("button", { name: "Approve once" }).click();
    const password = page.getByLabel("Your password, once more");
    await password.fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("The name or the password is wrong.").waitFor();
    await password.fill(web.running.password);
    await page.getByRole("button", { name: "Confirm and approve" }).click();
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
    expect((await web.running.service.get("a_again"))?.votes).toMatchObject([
      { approver: "approver", method: "reauthenticated", evidence: { by: "password" } },
    ]);
    // The id of the session has changed under the open page; what it does next still counts.
    await hold("a_next");
    await page.goto(`${web.running.url}/approvals/a_next`);
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
    expect(unwanted(mishaps)).toEqual([]);
  });

  test("are told that the provider may still know them after they sign out", async () => {
    const { page } = await web.open("/");
    await page.getByRole("button", { name: "Sign in with Shop ID" }).click();
    await signInThere(page, "bob");
    await page.getByRole("button", { name: "Sign out" }).click();
    const link = page.getByRole("link", { name: "Sign out there too" });
    await link.waitFor();
    expect(await page.context().cookies(web.running.url)).toEqual([]);
    await link.click();
    await page.waitForURL(`${web.running.provider.issuer}/session/end**`);
  });
});
