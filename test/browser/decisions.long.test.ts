import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";

describeInChromium("the decisions page", () => {
  let web: Browsing;
  beforeAll(async () => (web = await browse()));
  afterAll(() => web.close());

  test("keeps its filters in the address, so that a search can be shared", async () => {
    const { page, signIn, mishaps } = await web.open("/decisions");
    await signIn();
    await page.getByLabel("Effect").selectOption("deny");
    await page.getByLabel("Tool").fill("crm/post_update");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/decisions?effect=deny&tool=crm%2Fpost_update");
    const shared = page.url();
    await page.goto(shared);
    await page.locator(".decision-table tbody tr").first().waitFor();
    expect([await page.getByLabel("Effect").inputValue(), await page.getByLabel("Tool").inputValue()]).toEqual([
      "deny",
      "crm/post_update",
    ]);
    const tools = await page.locator(".decision-table .tool").allTextContents();
    expect(new Set(tools)).toEqual(new Set(["crm/post_update"]));
    expect(mishaps).toEqual([]);
  });

  test("loads older decisions below, and says when nothing matches", async () => {
    const { page, signIn } = await web.open("/decisions");
    await signIn();
    const lines = page.locator(".decision-table tbody tr");
    await lines.first().waitFor();
    expect(await lines.count()).toBe(50);
    await page.getByRole("button", { name: "Show older" }).click();
    await lines.nth(99).waitFor();
    await page.goto(`${web.running.url}/decisions?tool=none`);
    await page.getByRole("heading", { name: "No decision matches" }).waitFor();
  });

  test("shows one record whole: why, the rule and its line, the input, what came of it", async () => {
    const { page, signIn } = await web.open("/decisions?code=EXFILTRATION_CHAIN");
    await signIn();
    await page.locator(".when a").first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    const text = (await page.getByRole("article").textContent()) ?? "";
    for (const part of [
      "support-bot → crm/post_update: private data was read",
      "Private data does not leave",
      "exfiltration.rego:30",
      "refused; nothing was sent",
      "403 policy_denied",
      "order_id",
    ])
      expect(text).toContain(part);
  });

  test("copies an id whole on a click, though it is shown short", async () => {
    const { page, signIn } = await web.open("/decisions");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await signIn();
    const id = page.locator(".decision-table .short-id").first();
    expect(await id.textContent()).toMatch(/^d_...….{5}$/);
    await id.click();
    await page.getByText("copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^d_\w{18,}$/);
  });
});
