import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { scoped, sessionScope } from "../support/console/sample-cases.ts";
import { voteMany } from "../support/console/sample-votes.ts";

const dana = { ...approver, id: "dana", name: "dana" };

describeInChromium("the pages around approvals", () => {
  let web: Browsing;
  beforeEach(async () => (web = await browse()));
  afterEach(() => web.close());

  async function grant(id: string): Promise<void> {
    await web.running.service.add(scoped(id, web.running.now()));
    const digest = (await web.running.service.get(id))?.action_digest ?? "";
    await web.running.service.vote(id, digest, dana, {
      vote: "approve",
      reason: null,
      grant: { ...sessionScope, uses: 5 },
    });
  }

  test("grants say in one sentence what they cover, and are revoked with a reason that is kept", async () => {
    await grant("a_granted");
    const { page, signIn, mishaps } = await web.open("/grants");
    await signIn();
    const item = page.locator(".item");
    await item.waitFor();
    expect(await item.textContent()).toContain(
      "refund-bot may call payments/create_refund up to 5 times in all within 1 h of the approval, in the same session only, with the same values at /order_id and any other arguments.",
    );
    for (const part of ["Live", "4 of 5", "dana"]) expect(await item.textContent()).toContain(part);
    await item.getByRole("button", { name: "Revoke…" }).click();
    // The keyboard is where one would go on.
    await item.locator("input:focus").waitFor();
    await page.keyboard.press("Enter");
    await item.getByText("Say why").waitFor();
    await page.keyboard.type("The customer took it back");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "No grant is live" }).waitFor();
    await page.getByRole("button", { name: "Ended too" }).click();
    await item.getByText("The customer took it back").waitFor();
    expect(await item.textContent()).toMatch(/^Revoked.*by approver/s);
    expect(await item.getByRole("button", { name: "Revoke…" }).count()).toBe(0);
    expect(mishaps).toEqual([]);
  });

  test("ends a session's access from the card, with a reason, and the held call with it; gives it back again", async () => {
    await web.running.service.add(sampleApproval({ id: "a_run", created: web.running.now() }));
    const { page, signIn } = await web.open("/approvals/a_run");
    await signIn();
    await page.getByText("End this agent's access").click();
    const form = page.getByRole("form", { name: "End access" });
    await form.getByRole("button", { name: "End access" }).click();
    await form.getByText("Say why").waitFor();
    await form.getByLabel("Why").fill("It went astray");
    await form.getByRole("button", { name: "End access" }).click();
    await form.getByText("Access has ended, from the next call on.").waitFor();
    await page.getByText("the session was revoked: It went astray").waitFor();
    expect((await web.running.service.get("a_run"))?.state).toBe("cancelled");
    await page.goto(`${web.running.url}/access`);
    const item = page.locator(".item");
    await item.getByText("It went astray").waitFor();
    expect(await item.textContent()).toMatch(/^Session.*s_01J9Z4T6M8Q2.*approver/s);
    await item.getByRole("button", { name: "Give access back" }).click();
    await page.getByText("Nobody's access is ended.").waitFor();
  });

  test("stops all calls only after the word was typed, says so on every page, and lets them through again", async () => {
    await web.running.service.add(sampleApproval({ id: "a_stop", created: web.running.now() }));
    const { page, signIn } = await web.open("/access");
    await signIn();
    const form = page.getByRole("form", { name: "Stop all calls" });
    await form.getByLabel("Why").fill("incident 42");
    await form.getByLabel("Type STOP").fill("stop");
    const button = form.getByRole("button", { name: "Stop all calls" });
    expect(await button.isDisabled()).toBe(true);
    await form.getByLabel("Type STOP").fill("STOP");
    await button.click();
    const banner = page.getByRole("alert").filter({ hasText: "All calls are stopped by approver" });
    await banner.waitFor();
    expect((await web.running.service.get("a_stop"))?.state).toBe("cancelled");
    await page.goto(`${web.running.url}/decisions`);
    await banner.waitFor();
    await banner.getByRole("link", { name: "Lift it" }).click();
    await page.getByRole("button", { name: "Let calls through again" }).click();
    await banner.waitFor({ state: "detached" });
    await form.waitFor();
  });

  test("tells those who are no operators so before they fill anything in, and offers them nothing to end or give back", async () => {
    await web.running.service.add(sampleApproval({ id: "a_run", created: web.running.now() }));
    await web.running.revocations.revoke({
      kind: "subject",
      target: "old-bot",
      issuer: null,
      reason: "went astray",
      by: "dana",
      until: null,
    });
    await web.running.setRoles(["payments-approver"]);
    const { page, signIn, axe } = await web.open("/approvals/a_run");
    await signIn();
    await page.getByText("End this agent's access").click();
    await page.getByText("To end it you need the role operator. You have payments-approver.").waitFor();
    expect(await page.getByRole("form", { name: "End access" }).count()).toBe(0);
    await page.goto(`${web.running.url}/access`);
    await page.locator(".item").getByText("went astray").waitFor();
    await page.getByText("To end access, to give it back or to stop all calls you need the role operator.").waitFor();
    expect(
      await page
        .locator("main")
        .getByRole("button", { name: /End|Give|Stop/ })
        .count(),
    ).toBe(0);
    expect(await axe()).toEqual([]);
  });

  test("says in place what the gateway refused, when it lets somebody else alone do it", async () => {
    const { page, signIn } = await web.open("/access");
    await signIn();
    const problem = { title: "Your roles do not allow this.", code: "role_required", detail: "needed: operator" };
    await page.route("**/api/revocations", (route) =>
      route.request().method() === "POST"
        ? route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) })
        : route.fallback(),
    );
    const form = page.getByRole("form", { name: "End access" });
    await form.getByLabel("Name").fill("refund-bot");
    await form.getByLabel("Why").fill("key leaked");
    await form.getByRole("button", { name: "End access" }).click();
    await form.getByText("Your roles do not allow this. (needed: operator)").waitFor();
    expect(await form.getByLabel("Name").inputValue()).toBe("refund-bot");
  });

  test("lists the receipts of a decided call, to copy, and says how to check one", async () => {
    await web.running.service.add(sampleApproval({ id: "a_receipt", created: web.running.now() }));
    const { page, signIn } = await web.open("/approvals/a_receipt");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await signIn();
    await page.getByRole("button", { name: "Approve once" }).click();
    const receipts = page.getByRole("region", { name: "Receipts" });
    await receipts.getByRole("button", { name: "Copy receipt" }).click();
    await receipts.getByText("Copied.").waitFor();
    const kept = await web.running.receipts.of("a_receipt");
    expect(kept).toHaveLength(1);
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(kept[0]?.jws);
    expect(await receipts.textContent()).toContain("sallyport approvals verify receipt.jws --keys approval-keys.json");
    const keys = await receipts.getByRole("link", { name: "public keys" }).getAttribute("href");
    expect((await fetch(`${web.running.url}${keys}`)).status).toBe(200);
  });

  test("says in one sentence who approves everything without reading, with the numbers behind it", async () => {
    await voteMany(web.running, 24, { who: "dana", lookMs: 3_000 });
    await voteMany(web.running, 6, { who: "lee", lookMs: 40_000, denyEvery: 2 });
    web.running.attention.limitReached("flood", "refund-bot", ["approval/irreversible"]);
    web.running.attention.limitReached("too_fast", "lee", ["approval/irreversible"]);
    const { page, signIn, mishaps } = await web.open("/fatigue", { width: 360, height: 740 });
    await signIn();
    const odd = page.getByRole("region", { name: "What looks off" });
    await odd.getByText("dana approved 24 of 24 calls that approval/irreversible asked about").waitFor();
    const text = (await page.getByRole("main").textContent()) ?? "";
    for (const part of [
      "100 % (24 of 24)",
      "3.0 s",
      "50 % (3 of 6)",
      "40 s",
      "24 votes",
      "1 click refused",
      "refund-bot",
    ])
      expect(text).toContain(part);
    const bins = page.getByRole("table", { name: "Votes of dana by time to decide" }).getByRole("row");
    expect(await bins.allTextContents()).toContain("2–5 s24");
    await page.getByLabel("Quick is below").selectOption("2");
    await page.getByText("Nothing looks off").or(odd.getByText("had 1 call refused")).first().waitFor();
    await page.getByText("dana approved 24 of 24").waitFor({ state: "detached" });
    expect(mishaps).toEqual([]);
  });
});
