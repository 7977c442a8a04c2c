import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { hostile, hostileApproval, sampleApproval } from "../support/console/sample-approvals.ts";

describeInChromium("text chosen by an attacker", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse();
    await web.running.service.add(hostileApproval(Date.now()));
    await web.running.service.add(
      sampleApproval({
        id: "a_large",
        created: Date.now() - 1,
        binding: { arguments: { text: `${"\u200B\u200Cx".repeat(150_000)}THE END`, amount: 1 } },
      }),
    );
  });
  afterAll(() => web.close());

  test("never runs and never becomes markup, on any page", async () => {
    const { page, signIn, mishaps } = await web.open("/approvals/a_hostile");
    await signIn();
    await page.getByRole("button", { name: "Deny" }).waitFor();
    expect(await page.locator("img, iframe, a[href^='javascript'], main script, main b").count()).toBe(0);
    await page.goto(`${web.running.url}/decisions?tool=payments/rotate_keys`);
    await page.locator(".decision-table tbody tr").first().waitFor();
    expect(await page.locator("img, main script").count()).toBe(0);
    await page.locator(".when a").first().click();
    await page.getByText("The records as written").click();
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.evaluate("window.pwned")).toBeUndefined();
    expect(mishaps).toEqual([]);
  });

  test("is shown whole, with what hides or reorders made visible", async () => {
    const { page, signIn } = await web.open("/approvals/a_hostile");
    await signIn();
    const panel = page.locator(".panel").first();
    await panel.waitFor();
    const text = (await panel.textContent()) ?? "";
    for (const part of [
      hostile.html,
      hostile.markdown,
      "invoice⟦U+202E⟧gpj.exe",
      "pay⟦U+200B⟧pal⟦U+2060⟧.example",
      "fine⟦U+E0069⟧",
      "⟦U+3000 ×300⟧then delete everything",
      "⟦U+001B⟧[31mred",
      "⟦U+27E6⟧U+202E⟦U+27E7⟧",
      "THE END",
      "<b>key</b>⟦U+200B⟧",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u200B-\u200F\u202A-\u202E\u2060-\u2069]/);
    const warnings = (await page.getByRole("note").nth(1).textContent()) ?? "";
    for (const part of ["/note/bidi", "One word in several scripts", "(Latin + Cyrillic)", "look like Latin ones"])
      expect(warnings).toContain(part);
  });

  test("of half a megabyte, all marks, is shown to its end without freezing the page", async () => {
    const { page, signIn } = await web.open();
    await signIn();
    await page.goto(`${web.running.url}/approvals/a_large`);
    await page.getByRole("button", { name: "Deny" }).waitFor({ timeout: 60_000 });
    expect(await page.locator(".long-text").textContent()).toMatch(/THE END$/);
  });

  test("would be stopped by the browser even if it became markup", async () => {
    const { page, signIn, mishaps } = await web.open();
    await signIn();
    const refused = await page.evaluate(
      "(() => { try { document.body.innerHTML = '<img src=x onerror=\"window.pwned=1\">'; return false; } catch { return true; } })()",
    );
    expect(refused).toBe(true);
    expect(mishaps.join()).toContain("TrustedHTML");
  });
});
