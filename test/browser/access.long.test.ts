import type { JsonObject } from "../../gateway/lib/json.ts";
import type { Ballot } from "../../gateway/domain/ports.ts";
import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing, listed } from "../support/console/browse.ts";
import { sampleApproval, sampleInbox } from "../support/console/sample-approvals.ts";
import { askedAgain, lastMinute, scoped, sessionScope, twoPeople, undoable } from "../support/console/sample-cases.ts";
import type { RunningConsole } from "../support/console/start-console.ts";

const pages = [
  ["/approvals", ".inbox li"],
  ["/approvals/a_hostile", ".vote-bar"],
  ["/approvals/a_refund_512", ".votes"],
  ["/approvals/a_again", ".what-changed"],
  ["/approvals/a_two", ".votes"],
  ["/approvals/a_scoped", ".scope"],
  ["/approvals/a_undoable", ".vote-bar"],
  ["/approvals/a_deep", ".panel"],
  ["/approvals/a_unknown", ".card .notice"],
  ["/grants", ".item"],
  ["/access", ".kill-switch"],
  ["/account", ".account .facts"],
  ["/fatigue", ".histogram"],
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

const dana = { ...approver, id: "dana", name: "dana" };

/** Each state that looks different from the others, once. */
async function addStates({ service, attention, now }: RunningConsole): Promise<void> {
  const at = now();
  const deep = Array.from({ length: 60 }).reduce<JsonObject>((inner) => ({ down: inner, text: "x".repeat(90) }), {});
  for (const approval of [
    ...sampleInbox(at),
    askedAgain("a_again", at - 1),
    twoPeople("a_two", at - 2),
    scoped("a_scoped", at - 3),
    undoable("a_undoable", at - 4),
    sampleApproval({ id: "a_deep", created: at - 5, binding: { arguments: deep } }),
    scoped("a_granted", at - 6, sessionScope),
  ])
    await service.add(approval);
  const vote = async (id: string, ballot: Ballot) =>
    service.vote(id, (await service.get(id))?.action_digest ?? "", dana, ballot);
  await vote("a_two", { vote: "approve", reason: "Checked" });
  await vote("a_granted", { vote: "approve", reason: null, grant: sessionScope });
  attention.limitReached("flood", "refund-bot", []);
}

describeInChromium("the console for everybody", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({ decisions: 14 });
    await addStates(web.running);
  });
  afterAll(() => web.close());

  test.each(screens)(
    "has no serious axe finding and no sideways scrolling at $width px, dark: $dark",
    async (screen) => {
      const { page, signIn, axe, mishaps } = await web.open("/", screen);
      await page.getByLabel("Name").waitFor();
      expect(await axe()).toEqual([]);
      await signIn();
      const last = `a_last_${screen.width}_${screen.dark}`;
      await web.running.service.add(lastMinute(last, web.running.now()));
      await web.running.service.claim(last, dana, true);
      for (const [path, shows] of [[`/approvals/${last}`, ".attend .urgent"], ...pages] as const) {
        await page.goto(web.running.url + path);
        await page.locator(shows).first().waitFor();
        expect([path, await axe()]).toEqual([path, []]);
        const width = await page.evaluate("document.documentElement.scrollWidth");
        expect([path, Math.max(screen.width, Number(width))]).toEqual([path, screen.width]);
      }
      expect(mishaps.filter((mishap) => !mishap.includes("status of 404"))).toEqual([]);
    },
    180_000,
  );

  test("has no serious axe finding in what opens on a page: menu, dialog, wider scope, revoking, all details", async () => {
    const { page, signIn, axe, mishaps } = await web.open("/grants", { width: 360, height: 740 });
    await signIn();
    const check = async (state: string): Promise<void> => {
      expect([state, await axe()]).toEqual([state, []]);
      expect([state, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([state, 360]);
    };
    await page.getByRole("button", { name: "Revoke…" }).click();
    await check("revoking");
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("navigation").waitFor();
    await check("menu");
    await page.getByRole("link", { name: "Approvals" }).click();
    await page.getByText("Read the orders of customer").first().click();
    await page.getByLabel("further calls too").check();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await check("wider scope and details");
    await page.getByRole("link", { name: "All calls" }).click();
    await page.getByText("Tag order a_undoable").click();
    await page.locator("#deny:focus").waitFor();
    await page.keyboard.press("x");
    await page.getByRole("link", { name: "All calls" }).click();
    await check("selection");
    await page.getByRole("button", { name: "Decide together…" }).click();
    await page.getByRole("dialog").waitFor();
    await check("dialog");
    expect(mishaps).toEqual([]);
  });

  test("moves nothing for those who want no motion", async () => {
    const { page, signIn } = await web.open("/approvals/a_two");
    await page.emulateMedia({ reducedMotion: "reduce" });
    await signIn();
    await page.locator("#deny").waitFor();
    const moving = await page.evaluate(
      "[...document.querySelectorAll('*')].filter((one) => { const s = getComputedStyle(one); return s.transitionDuration !== '0s' || s.animationName !== 'none'; }).length",
    );
    expect(moving).toBe(0);
  });

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
    // Behind all others: the inbox is in the order of deadlines.
    const created = Date.now() + 60_000;
    for (let n = 0; n < 10; n += 1)
      await web.running.service.add(sampleApproval({ id: `a_key_${n}`, created: created + n }));
    const { page, signIn } = await web.open("/approvals/a_key_0", { width: 1280, height: 800 });
    await signIn();
    await listed(page);
    await page.locator(".connection.live").waitFor();
    for (let n = 0; n < 10; n += 1) {
      if (n > 0) await page.keyboard.press("j");
      await page.waitForURL(`**/approvals/a_key_${n}`);
      await page.locator("#deny:focus").waitFor();
      if (n === 4) await web.running.service.add(sampleApproval({ id: "a_eleventh", created: created + 15 }));
      if (n % 2 === 0) {
        await page.keyboard.press("a");
        await page.locator("#approve:focus").waitFor();
      } else {
        await page.keyboard.press("r");
        await page.locator("#reason:focus").waitFor();
        await page.keyboard.type("a, j and r are letters here");
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Decided" }).waitFor();
    }
    const states = Array.from({ length: 10 }, async (_, n) => (await web.running.service.get(`a_key_${n}`))?.state);
    expect(await Promise.all(states)).toEqual(Array.from({ length: 5 }, () => ["approved", "denied"]).flat());
    expect(await web.running.service.get("a_eleventh")).toMatchObject({ state: "held", votes: [] });
    await page.getByRole("button", { name: "1 new — show" }).waitFor();
  }, 300_000);

  test("no key acts by itself, and none at all when keys are switched off", async () => {
    await web.running.service.add(sampleApproval({ id: "a_off", created: Date.now() + 10_000 }));
    const { page, signIn } = await web.open("/approvals/a_off");
    await signIn();
    await page.locator("#deny:focus").waitFor();
    await page.keyboard.press("a");
    expect([await page.evaluate("document.activeElement.id"), (await web.running.service.get("a_off"))?.state]).toEqual(
      ["approve", "held"],
    );
    await page.getByRole("button", { name: "Keys on" }).click();
    for (const key of ["a", "r", "j", "k"]) await page.keyboard.press(key);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Keys off");
    expect(page.url()).toMatch(/a_off$/);
  });
});
