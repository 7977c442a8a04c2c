import type { JsonObject } from "../../gateway/lib/json.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

const rows = (count: number, to: string): JsonObject => ({
  rows: Array.from({ length: count }, (_, id) => ({ id, to })),
});

const deep = Array.from({ length: 40 }).reduce<JsonObject>((inner, _, level) => ({ [`level${39 - level}`]: inner }), {
  to: "attacker@evil.example",
});

const screens = [
  { width: 360, height: 740, dark: false },
  { width: 1280, height: 800, dark: true },
];

describeInChromium("a card of a large call", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({ stopped: true });
    const add = (id: string, ago: number, args: JsonObject) =>
      web.running.service.add(sampleApproval({ id, created: web.running.now() - ago, binding: { arguments: args } }));
    await add("a_deep", 9_000, deep);
    await add("a_many", 5_000, rows(200, "a@shop.example"));
    await add("a_small", 1_000, { amount: 1 });
  });
  afterAll(() => web.close());

  test.each(screens)("keeps what it was held for within reach at $width px", async (screen) => {
    const { page, signIn, axe } = await web.open("/approvals/a_many", screen);
    await signIn();
    const box = page.getByRole("group", { name: "Arguments, 601 lines, scrolls" });
    await box.focus();
    await page.keyboard.press("End");
    await page.getByText("601 lines: the box scrolls.").waitFor();
    const why = page.getByRole("region", { name: "Why it was held" });
    expect((await why.boundingBox())!.y).toBeLessThan(4 * screen.height);
    expect(await axe()).toEqual([]);

    await page.goto(`${web.running.url}/approvals/a_small`);
    const against = page.getByRole("region", { name: "Against the last similar call" });
    const more = against.getByRole("button", { name: "381 more differences, show all" });
    await more.waitFor();
    expect(await against.locator("tbody tr").count()).toBe(20);
    expect((await why.boundingBox())!.y).toBeLessThan((await against.boundingBox())!.y);
    expect(await axe()).toEqual([]);
    await more.click();
    await against.locator("tbody tr").nth(400).waitFor();
    expect(await more.count()).toBe(0);
  });

  test.each(screens)("writes out the path of what is nested deeply at $width px", async (screen) => {
    const { page, signIn, axe } = await web.open("/approvals/a_deep", screen);
    await signIn();
    const value = page.getByRole("group", { name: "Arguments" }).getByText("attacker@evil.example");
    await value.waitFor();
    const box = (await value.boundingBox())!;
    expect([box.x >= 0, box.x + box.width <= screen.width]).toEqual([true, true]);
    await page.getByText(/"\/level6\/level7\/.*\/level39\/to"/).waitFor();
    const sideways = "[...document.querySelectorAll('.panel')].filter((it) => it.scrollWidth > it.clientWidth).length";
    expect(await page.evaluate(sideways)).toBe(0);
    expect(await axe()).toEqual([]);
  });
});
