import type { Page } from "playwright-core";
import { lookAt } from "../support/approvals/look-at.ts";
import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { eventually } from "../support/eventually.ts";

describeInChromium("the time that a card was visible", () => {
  // Longer than any of these cards is on the screen: the console's time goes on only when a test says so.
  const minReviewTimeMs = 60_000;
  let web: Browsing;
  beforeAll(async () => (web = await browse({ stopped: true, service: { minReviewTimeMs } })));
  afterAll(() => web.close());

  const add = (id: string): Promise<void> =>
    web.running.service.add(sampleApproval({ id, created: web.running.now() }));
  // A viewing belongs to an account, not to a name.
  const signedIn = () => ({ ...approver, id: web.running.account });
  const seen = async (id: string): Promise<number> => {
    const item = await web.running.service.get(id);
    return item === null ? 0 : web.running.service.review(item, signedIn()).seenMs;
  };
  const shown = (id: string) =>
    eventually(`${id} is visible`, async () => {
      web.running.skip(1);
      return (await seen(id)) > 0 ? true : null;
    });
  const reported = (page: Page, visible: boolean) =>
    page.waitForResponse(
      (response) =>
        response.url().endsWith("/viewing") && response.request().postData() === JSON.stringify({ visible }),
    );

  // A headless Chromium shows every tab at once; the page is told what it would be told behind another tab.
  const turn = (page: Page, to: "hidden" | "visible") =>
    page.evaluate(
      `Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "${to}" });
       document.dispatchEvent(new Event("visibilitychange"));`,
    );

  test("counts on the screen, stands still behind another tab, and goes on afterwards", async () => {
    await add("a_tab");
    const { page, signIn } = await web.open("/approvals/a_tab");
    await signIn();
    await page.getByRole("button", { name: /^Read first: \d+ s$/ }).waitFor();
    await shown("a_tab");
    // No other report is on its way when the page is hidden.
    await reported(page, true);
    const hidden = reported(page, false);
    await turn(page, "hidden");
    await hidden;
    const before = await seen("a_tab");
    // Less than a silent screen is given: were it taken for visible, this would count.
    web.running.skip(4_000);
    expect(await seen("a_tab")).toBe(before);
    const back = reported(page, true);
    await turn(page, "visible");
    await back;
    web.running.skip(4_000);
    expect(await seen("a_tab")).toBeGreaterThanOrEqual(before + 4_000);
    await lookAt(web.running.service, "a_tab", signedIn(), minReviewTimeMs, (ms) => web.running.skip(ms));
    await page.reload();
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
    const [vote] = (await web.running.service.get("a_tab"))?.votes ?? [];
    expect(vote?.seen_ms).toBeGreaterThanOrEqual(minReviewTimeMs);
    expect(vote?.seen_ms).toBeLessThan(
      web.running.now() - ((await web.running.service.get("a_tab"))?.seal.created ?? 0),
    );
  });

  test("is not shared: ten cards that were opened one after another cannot be approved in a burst", async () => {
    const started = web.running.now();
    const ids = Array.from({ length: 10 }, (_, n) => `a_burst_${n}`);
    for (const id of ids) await add(id);
    const { page, signIn } = await web.open(`/approvals/${ids[0]}`);
    await signIn();
    for (const id of ids) {
      await page.locator(`a.row[href="/approvals/${id}"]`).click();
      await page.locator(`a.row[href="/approvals/${id}"][aria-current]`).waitFor();
      await shown(id);
    }
    web.running.skip(4_000);
    const digestOf = async (id: string) => [id, (await web.running.service.get(id))?.action_digest] as const;
    const digests = Object.fromEntries(await Promise.all(ids.map(digestOf)));
    const codes = await page.evaluate(async (given) => {
      const session = (await (await fetch("/api/session")).json()) as { csrf: string };
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": session.csrf };
      const answers = Object.entries(given).map(async ([id, action_digest]) => {
        const body = JSON.stringify({ vote: "approve", action_digest });
        const answer = await fetch(`/api/approvals/${id}/vote`, { method: "POST", headers, body });
        return ((await answer.json()) as { code?: string }).code ?? "approved";
      });
      return Promise.all(answers);
    }, digests);
    expect(codes).toEqual(ids.map(() => "approval_too_fast"));
    const together = (await Promise.all(ids.map(seen))).reduce((sum, ms) => sum + ms, 0);
    expect(together).toBeLessThanOrEqual(web.running.now() - started);
  });
});
