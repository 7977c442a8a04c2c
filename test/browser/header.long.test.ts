import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";

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
});
