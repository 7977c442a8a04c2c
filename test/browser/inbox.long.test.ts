import type { Page } from "playwright-core";
import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { healthyPolicy } from "../support/console/sample-policy.ts";

const minute = 60_000;
const broken = {
  stage: "compile" as const,
  message: Array.from({ length: 40 }, (_, line) => `line ${line} of a long message`).join("\n"),
  locations: [],
  edited: "a.rego",
  retried: false,
};

describeInChromium("the inbox", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({ decisions: 5 });
    const created = Date.now() - 5 * minute;
    // The newest has the most time left.
    for (let index = 0; index < 57; index++)
      await web.running.service.add(
        sampleApproval({
          id: `a_${index}`,
          created: created + index,
          requirement: { summary: `Refund ${index}` },
          set: { approve_by: created + 15 * minute + ((index * 7) % 57) * minute },
        }),
      );
    await web.running.service.add(
      sampleApproval({
        id: "a_done",
        created,
        requirement: { summary: "Refund that was approved" },
      }),
    );
    // Votes are weighed whenever the item is read, so it has a real one.
    const signedIn = { ...approver, id: web.running.account };
    await web.running.service.vote("a_done", (await web.running.service.get("a_done"))?.action_digest ?? "", signedIn, {
      vote: "approve",
      reason: "Checked",
    });
  });
  afterAll(() => web.close());

  const summaries = (page: Page) => page.locator(".row-summary").allTextContents();

  test("lists what waits by deadline and counts all of it, also what is not loaded", async () => {
    const { page, signIn, mishaps } = await web.open("/approvals");
    await signIn();
    await page.locator(".row-summary").first().waitFor();
    expect((await summaries(page)).slice(0, 3)).toEqual(["Refund 0", "Refund 49", "Refund 41"]);
    expect(await page.locator(".row-summary").count()).toBe(50);
    await page.locator(".nav-link .count").getByText("57", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
    await page.locator(".row-line").nth(56).waitFor();
    expect(new Set(await summaries(page)).size).toBe(57);
    expect(mishaps).toEqual([]);
  });

  test("J goes on below the last row that is loaded", async () => {
    const { page, signIn } = await web.open("/approvals");
    await signIn();
    await page.locator(".row-line").nth(49).click();
    await page.locator("#deny:focus").waitFor();
    const last = page.url();
    await page.keyboard.press("j");
    await page.locator(".row-line").nth(56).waitFor();
    await page.waitForURL((url) => url.href !== last);
    expect(page.url()).toContain(await page.locator(".row-line").nth(50).getByRole("link").getAttribute("href"));
  });

  test("has a place of its own for calls that are approved and have not run", async () => {
    const { page, signIn } = await web.open("/approvals");
    await signIn();
    await page.locator(".row-summary").first().waitFor();
    expect(await summaries(page)).not.toContain("Refund that was approved");
    await page.getByRole("button", { name: "Not run yet 1" }).click();
    await page.getByText("Refund that was approved").first().waitFor();
    expect(await summaries(page)).toEqual(["Refund that was approved"]);
  });

  test("finds a call by its words, also one that is not loaded", async () => {
    const { page, signIn } = await web.open("/approvals");
    await signIn();
    await page.locator(".row-summary").first().waitFor();
    await page.getByRole("searchbox").fill("refund 8");
    await page.locator(".row-summary").nth(1).waitFor({ state: "detached" });
    await page.getByText("Refund 8", { exact: true }).first().waitFor();
    expect(await summaries(page)).toEqual(["Refund 8"]);
    await page.getByRole("searchbox").fill("nothing like it");
    await page.getByText("No call here has this text.").waitFor();
  });

  test.each([
    [1280, 800],
    [1280, 500],
    [360, 640],
  ])("keeps both buttons in view below a long policy banner at %s by %s", async (width, height) => {
    const policy = healthyPolicy(Date.now());
    web.running.setPolicy({ ...policy, failure: { ...broken, at: Date.now(), since: Date.now() } });
    const { page, signIn, axe } = await web.open("/approvals/a_3", { width, height });
    await signIn();
    await page.getByText(/^The edit of .* is not active$/).waitFor();
    for (const id of ["#deny", "#approve"]) {
      const box = await page.locator(id).boundingBox();
      expect([id, box]).not.toEqual([id, null]);
      expect(box!.y).toBeGreaterThanOrEqual(0);
      expect(box!.y + box!.height).toBeLessThanOrEqual(height);
    }
    expect(await axe()).toEqual([]);
    web.running.setPolicy(policy);
  });

  test("shows what is wrong with the gateway and what to do, and keeps both buttons in view below all banners", async () => {
    const policy = healthyPolicy(Date.now());
    const finding = { name: "decision-log-changed", problem: "decisions-000001.jsonl is not in its place any more" };
    web.running.setHealth({
      ready: true,
      findings: [{ ...finding, fix: "find out who did it", severity: "degraded" }],
    });
    web.running.setPolicy({
      ...policy,
      failure: { ...broken, at: Date.now(), since: Date.now() },
      warnings: Array.from({ length: 40 }, (_, line) => ({ file: "a.rego", line, message: "it is never evaluated" })),
    });
    const { page, signIn, axe } = await web.open("/approvals/a_3", { width: 1280, height: 500 });
    await signIn();
    const banner = page.getByRole("alert").filter({ hasText: "Something is wrong with the gateway" });
    expect(await banner.textContent()).toContain(`${finding.name} ${finding.problem} (find out who did it)`);
    await page.getByText("Parts of the active policy have no effect.").waitFor();
    for (const id of ["#deny", "#approve"]) {
      const box = await page.locator(id).boundingBox();
      expect([id, box!.y + box!.height <= 500]).toEqual([id, true]);
    }
    expect(await axe()).toEqual([]);
    web.running.setHealth({ ready: true, findings: [] });
    web.running.setPolicy(policy);
  });

  test("leads from a card to its decision record and from a hold's record to its approval", async () => {
    const { page, signIn } = await web.open("/approvals/a_3");
    await signIn();
    const link = page.getByRole("link", { name: "decision record" });
    expect(await link.getAttribute("href")).toBe("/decisions/d_a_3_5b1f0c7e9a24");
    await page.goto(`${web.running.url}/decisions?effect=hold`);
    await page.locator('a[href^="/decisions/"]').first().click();
    const back = page.getByRole("link", { name: "open the approval" });
    expect(await back.getAttribute("href")).toBe("/approvals/a_refund_881");
  });

  test("names the other gateway that has the decision record, and leads to none that is not here", async () => {
    await web.running.service.add(
      sampleApproval({ id: "a_elsewhere", created: web.running.now(), context: { gateway: "gw-2" } }),
    );
    const { page, signIn } = await web.open("/approvals/a_elsewhere");
    await signIn();
    const why = page.getByRole("region", { name: "Why it was held" });
    expect(await why.getByRole("heading").textContent()).toContain("at the gateway gw-2");
    expect(await why.getByRole("link", { name: "decision record" }).count()).toBe(0);
  });

  test.each([
    ["/decisions/d_elsewhere", "No record of this decision here", "All decisions", "/decisions"],
    ["/approvals/a_unknown", "No call with this id", "All calls", "/approvals"],
    ["/tasks/l_unknown", "No task with this id", "All tasks", "/tasks"],
    ["/sessions/s_unknown", "No such session", "All sessions", "/sessions"],
  ])("says of %s that nothing is there, and leads back to the list", async (path, title, name, list) => {
    const { page, signIn } = await web.open(path);
    await signIn();
    const notice = page.getByRole("alert").filter({ hasText: title });
    expect(await notice.getByRole("link", { name }).getAttribute("href")).toBe(list);
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  });
});
