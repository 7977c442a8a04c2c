import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";

describeInChromium("signing out in the console", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse();
  });
  afterAll(() => web.close());

  test("says that it failed, and that the person is still signed in, until it has worked", async () => {
    const { page, signIn } = await web.open("/account");
    await signIn();
    await page.route("**/api/logout", (route) => route.abort());
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are still signed in. The gateway cannot be reached.").waitFor();
    await page.locator(".account .facts").waitFor();
    await page.unroute("**/api/logout");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password").waitFor();
    const status = await page.evaluate("fetch('/api/session').then((answer) => answer.status)");
    expect(status).toBe(401);
  });
});
