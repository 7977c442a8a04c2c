import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { twoPeople } from "../support/console/sample-cases.ts";

const dana = { ...approver, id: "dana", name: "dana" };

describeInChromium("the open card", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({ stopped: true });
    for (let index = 0; index < 51; index++)
      await web.running.service.add(sampleApproval({ id: `a_${index}`, created: web.running.now() - 1_000 }));
  });
  afterAll(() => web.close());

  const service = () => web.running.service;

  async function voted(id: string, vote: "approve" | "deny"): Promise<void> {
    const digest = (await service().get(id))?.action_digest ?? "";
    await service().vote(id, digest, dana, { vote, reason: "Looked at it" });
  }

  test("follows the votes of others also where the list does not reach it", async () => {
    await service().add(twoPeople("a_far", web.running.now()));
    const { page, signIn } = await web.open("/approvals/a_far", { width: 360, height: 740 });
    await signIn();
    await page.locator("#deny:focus").waitFor();
    await page.locator(".connection.live").waitFor();
    await voted("a_far", "approve");
    const card = page.getByRole("article");
    await card.getByText("1 of 2 approvals").first().waitFor();
    expect(await page.locator('.row-line a[href="/approvals/a_far"]').count()).toBe(0);
    await service().claim("a_far", { ...dana, id: "erin", name: "erin" }, true);
    await card.getByText("erin has taken it").waitFor();
  });

  test("follows a call that arrived after the list was loaded, and one of another tab", async () => {
    const { page, signIn } = await web.open("/approvals");
    await signIn();
    await page.locator(".connection.live").waitFor();
    await service().add(sampleApproval({ id: "a_new", created: web.running.now() }));
    await page.getByRole("button", { name: /^1 new/ }).waitFor();
    await page.evaluate('history.pushState({}, "", "/approvals/a_new")');
    const card = page.getByRole("article");
    await card.getByRole("button", { name: "Deny" }).waitFor();
    await voted("a_new", "approve");
    await card.getByText("It runs when the agent repeats or polls it").waitFor();
    await service().change("a_new", { state: "released" });
    await card.getByText("Released to the tool server.").waitFor();
  });

  test("is loaded again by itself once the network is back, also when the stream never broke", async () => {
    await service().add(sampleApproval({ id: "a_offline", created: web.running.now() }));
    const { page, signIn } = await web.open("/approvals/a_offline");
    await signIn();
    await page.locator("#deny:focus").waitFor();
    await page.locator(".connection.live").waitFor();
    await page.route("**/api/approvals/**", (route) => route.abort());
    await page.getByLabel("Reason").fill("No such order");
    await page.getByRole("button", { name: "Deny" }).click();
    const failed = page.getByRole("alert").filter({ hasText: "That did not load" });
    await failed.waitFor();
    await page.unroute("**/api/approvals/**");
    await failed.waitFor({ state: "detached" });
  });
});
