import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

/** In the page: texts that stand in two lines, elements beyond its edge, and the height of the row. */
const measured = `(() => {
  const header = document.querySelector("header.top");
  const texts = document.createTreeWalker(header, NodeFilter.SHOW_TEXT);
  const broken = [];
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) broken.push(texts.currentNode.textContent);
  }
  const beyond = [...header.querySelectorAll("a, button, span")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth)
    .map((element) => element.textContent);
  return { broken, beyond, height: header.getBoundingClientRect().height };
})()`;

describeInChromium("the header of the console", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({});
  });
  afterAll(() => web.close());

  test.each([1_920, 1_380, 1_280, 1_120, 1_119, 900, 360])(
    "is one row without broken words at %i pixels",
    async (width) => {
      const { page, signIn } = await web.open("/decisions", { width });
      await signIn();
      await page.getByText("Live").waitFor();
      const found = await page.evaluate<{ broken: string[]; beyond: string[]; height: number }>(measured);
      expect(found).toMatchObject({ broken: [], beyond: [] });
      expect(found.height).toBeLessThan(60);
    },
  );

  test("is within a phone's screen on the page with the longest name, with many calls waiting and a gateway that is not ready", async () => {
    for (let index = 0; index < 100; index += 1)
      await web.running.service.add(sampleApproval({ id: `a_${index}`, created: Date.now() }));
    const { page, signIn } = await web.open("/connected-accounts", { width: 360 });
    await signIn();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".menu-button .count").waitFor();
    expect(await page.evaluate(measured)).toMatchObject({ broken: [], beyond: [] });
    web.running.setHealth({
      ready: false,
      findings: [{ name: "store-changes", problem: "away", fix: "look", severity: "unready" }],
    });
    await page.getByText("Not ready", { exact: true }).waitFor();
    expect(await page.evaluate(measured)).toMatchObject({ broken: [], beyond: [] });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    web.running.setHealth({ ready: true, findings: [] });
  });

  test("says that the gateway is not ready while it says so itself, and that it is live again", async () => {
    const problem = "what other gateways have changed cannot be read: the store in PostgreSQL cannot be used";
    web.running.setHealth({
      ready: false,
      findings: [{ name: "store-changes", problem, fix: "look at PostgreSQL", severity: "unready" }],
    });
    const { page, signIn } = await web.open("/decisions", { width: 360 });
    await signIn();
    await page.getByText("Not ready", { exact: true }).waitFor();
    expect(await page.getByText("Live", { exact: true }).count()).toBe(0);
    const found = await page.evaluate<{ broken: string[]; beyond: string[] }>(measured);
    expect(found).toMatchObject({ broken: [], beyond: [] });
    web.running.setHealth({ ready: true, findings: [] });
    await page.getByText("Live", { exact: true }).waitFor();
  });

  test("shows no sign-in page to who is signed in when it is loaded while the store is away, and goes on by itself", async () => {
    const { page, signIn } = await web.open("/decisions");
    await signIn();
    let asked = 0;
    await page.route("**/api/session", async (route) => {
      asked += 1;
      if (asked > 1) await route.continue();
      else await route.fulfill({ status: 503, json: { code: "store_unavailable", title: "The store is away." } });
    });
    await page.reload();
    await page.getByText("Not ready", { exact: true }).waitFor();
    expect(await page.getByLabel("Password").count()).toBe(0);
    await page.locator(".top").waitFor();
    expect(asked).toBe(2);
  });

  test("looks whether the gateway is ready when the stream opens again, one look at a time", async () => {
    const { page, signIn } = await web.open("/decisions");
    let [looks, open, most] = [0, 0, 0];
    await page.route("**/readyz", async (route) => {
      looks += 1;
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve, 300));
      open -= 1;
      await route.continue();
    });
    await signIn();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.waitForRequest("**/readyz");
    await page.evaluate(`for (let n = 0; n < 50; n++) document.dispatchEvent(new Event("visibilitychange"))`);
    await page.waitForTimeout(2_500);
    expect(most).toBe(1);
    expect(looks).toBeLessThanOrEqual(4);
    expect(looks).toBeGreaterThanOrEqual(2);
  });
});
