import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleCall } from "../support/console/sample-sessions.ts";

/** The session of the sample decisions. */
const known = "s_01J9Z4T6M8Q2";

describeInChromium("the sessions page", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({ decisions: 240, sharesStore: true });
    const search = await web.running.decisions.search({ subject: "refund-bot", limit: 2 });
    const call = { agent: "refund-bot", session: known, to: "ann@shop.example" };
    for (const { decision_id } of search.rows)
      await sampleCall(web.running, { ...call, decisionId: decision_id, labels: ["read:orders", "read:untrusted"] });
    web.running.skip(1_000);
    await sampleCall(web.running, { agent: "support-bot", session: null, own: "<b>mine</b>" });
  });
  afterAll(() => web.close());

  test.each([
    [1280, false],
    [1280, true],
    [360, false],
    [360, true],
  ])("shows a session with its labels and its calls, at %i pixels", async (width, dark) => {
    const { page, signIn, axe, mishaps } = await web.open("/sessions", { width, height: 800, dark });
    await signIn();
    await page.getByRole("link", { name: `Session ${known} of refund-bot` }).waitFor();
    expect(await axe()).toEqual([]);
    expect(await page.locator("main").textContent()).toContain("Only what came to the gateway gw-1 is counted here.");
    const items = await page.locator(".item").allTextContents();
    expect(items[0]).toMatch(/^<b>mine<\/b>.*support-bot, named by the agent itself1 call, the first/);
    expect(items[1]).toMatch(/refund-bot, named by its token2 calls, the first .*read:orders.*read:untrusted/);
    expect(items[2]).toMatch(/^principal:refund-bot.*no call in memory here/);
    await page.getByRole("link", { name: `Session ${known} of refund-bot` }).click();
    const calls = page.locator(".timeline > li");
    await calls.nth(49).waitFor();
    expect(await page.getByRole("region", { name: "Labels" }).textContent()).toMatch(/read:orders.*since .*ends in/);
    expect(await calls.first().textContent()).toMatch(/payments\/.*read:orders.*to digest of ann@shop\.example/);
    expect(await axe()).toEqual([]);
    const wider = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
    expect([wider, mishaps]).toEqual([false, []]);
  });

  test("keeps its filters in the address, and loads older calls below", async () => {
    const { page, signIn, mishaps } = await web.open("/sessions");
    await signIn();
    await page.getByRole("textbox", { name: "Agent" }).fill("refund-bot");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/sessions?subject=refund-bot");
    await page.getByText("support-bot").waitFor({ state: "detached" });
    await page.getByRole("textbox", { name: "Session" }).fill("none");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "No session matches" }).waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByRole("link", { name: `Session ${known} of refund-bot` }).click();
    const calls = page.locator(".timeline > li");
    await calls.nth(49).waitFor();
    await page.getByRole("button", { name: "Show older" }).click();
    await calls.nth(60).waitFor();
    expect(mishaps).toEqual([]);
  });

  test("leads from a call to its record", async () => {
    const { page, signIn } = await web.open("/sessions");
    await signIn();
    await page.getByRole("link", { name: `Session ${known} of refund-bot` }).click();
    await page.locator(".timeline a").first().click();
    await page.waitForURL("**/decisions/d_*");
  });
});
