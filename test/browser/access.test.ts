import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval, sampleInbox } from "../support/console/sample-approvals.ts";

const pages = [
  ["/approvals", ".inbox li"],
  ["/approvals/a_hostile", ".vote-bar"],
  ["/approvals/a_refund_512", ".votes"],
  ["/decisions", ".decision-table"],
  ["/decisions?effect=hold&tool=none", ".notice h2"],
  ["/decisions/none", ".notice h2"],
] as const;

const screens = [
  { width: 1280, height: 800, dark: false },
  { width: 1280, height: 800, dark: true },
  { width: 360, height: 740, dark: false },
  { width: 360, height: 740, dark: true },
];

describeInChromium("the console for everybody", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({ decisions: 14 });
    for (const approval of sampleInbox(Date.now())) web.running.desk.add(approval);
  }, 60_000);
  afterAll(() => web.close());

  test.each(screens)(
    "has no serious axe finding and no sideways scrolling at $width px, dark: $dark",
    async (screen) => {
      const { page, signIn, axe, mishaps } = await web.open("/", screen);
      await page.getByLabel("Name").waitFor();
      expect(await axe()).toEqual([]);
      await signIn();
      for (const [path, shows] of pages) {
        await page.goto(web.running.url + path);
        await page.locator(shows).first().waitFor();
        expect([path, await axe()]).toEqual([path, []]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(screen.width);
      }
      expect(mishaps.filter((mishap) => !mishap.includes("status of 404"))).toEqual([]);
    },
    60_000,
  );

  test("shows what, for whom, why and both buttons on one phone screen", async () => {
    const { page, signIn } = await web.open("/approvals/a_refund_881", { width: 360, height: 740 });
    await signIn();
    for (const part of [
      page.getByRole("heading", { level: 2 }),
      page.getByText("Why held"),
      page.getByRole("button", { name: "Deny" }),
      page.getByRole("button", { name: "Approve once" }),
    ]) {
      await part.waitFor();
      const box = await part.boundingBox();
      expect((box?.y ?? 999) + (box?.height ?? 0)).toBeLessThanOrEqual(740);
    }
  });

  test("clears ten calls with the keyboard alone while an eleventh arrives untouched", async () => {
    const created = Date.now() + 1_000;
    for (let n = 0; n < 10; n += 1) web.running.desk.add(sampleApproval({ id: `a_key_${n}`, created: created - n }));
    const { page, signIn } = await web.open("/", { width: 1280, height: 800 });
    await signIn();
    await page.locator(".connection.live").waitFor();
    for (let n = 0; n < 10; n += 1) {
      if (n > 0) await page.keyboard.press("j");
      await page.waitForURL(`**/approvals/a_key_${n}`);
      await page.locator("#deny:focus").waitFor();
      if (n === 4) web.running.desk.add(sampleApproval({ id: "a_eleventh", created: created + 5 }));
      if (n % 2 === 0) {
        await page.keyboard.press("a");
      } else {
        await page.keyboard.press("r");
        await page.keyboard.type("a, j and r are letters here");
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Decided" }).waitFor();
    }
    const states = Array.from({ length: 10 }, (_, n) => web.running.desk.get(`a_key_${n}`)?.state);
    expect(states).toEqual(Array.from({ length: 5 }, () => ["approved", "denied"]).flat());
    expect(web.running.desk.get("a_eleventh")).toMatchObject({ state: "held", votes: [] });
    expect(await page.getByRole("button", { name: "1 new — show" }).count()).toBe(1);
  }, 60_000);

  test("no key acts by itself, and none at all when keys are switched off", async () => {
    web.running.desk.add(sampleApproval({ id: "a_off", created: Date.now() + 10_000 }));
    const { page, signIn } = await web.open("/approvals/a_off");
    await signIn();
    await page.locator("#deny:focus").waitFor();
    await page.keyboard.press("a");
    expect([await page.evaluate("document.activeElement.id"), web.running.desk.get("a_off")?.state]).toEqual([
      "approve",
      "held",
    ]);
    await page.getByRole("button", { name: "Keys on" }).click();
    for (const key of ["a", "r", "j", "k"]) await page.keyboard.press(key);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Keys off");
    expect(page.url()).toMatch(/a_off$/);
  });
});
