import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";

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
      const found = await page.locator("header.top").evaluate((header) => {
        const texts = document.createTreeWalker(header, NodeFilter.SHOW_TEXT);
        const broken: string[] = [];
        for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
          const range = document.createRange();
          range.selectNodeContents(node);
          if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) broken.push(node.textContent ?? "");
        }
        const beyond = [...header.querySelectorAll("a, button, span")]
          .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
          .map((element) => element.textContent);
        return { broken, beyond, height: header.getBoundingClientRect().height };
      });
      expect(found).toMatchObject({ broken: [], beyond: [] });
      expect(found.height).toBeLessThan(60);
    },
  );
});
