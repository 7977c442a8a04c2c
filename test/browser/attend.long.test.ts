import { lookAt } from "../support/approvals/look-at.ts";
import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { askedAgain, lastMinute, scoped, twoPeople } from "../support/console/sample-cases.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

const dana = { ...approver, id: "dana", name: "dana" };

describeInChromium("a card that several people look at", () => {
  let web: Browsing;
  // The console's time goes on only when a test says so: the last minute of a call is as long as a busy machine needs.
  beforeAll(async () => (web = await browse({ stopped: true })));
  afterAll(() => web.close());

  const service = () => web.running.service;
  const digestOf = async (id: string): Promise<string> => (await service().get(id))?.action_digest ?? "";

  test("says at once that somebody else has taken it, in the card and in the list, and lets it be taken over", async () => {
    await service().add(sampleApproval({ id: "a_claim", created: web.running.now() }));
    const { page, signIn } = await web.open("/approvals/a_claim");
    await signIn();
    const card = page.getByRole("article");
    await card.getByRole("button", { name: "I'll take it" }).waitFor();
    await service().claim("a_claim", dana, true);
    await card.getByText("dana has taken it").waitFor();
    await page.locator(".row-line", { hasText: "taken by dana" }).waitFor();
    await card.getByRole("button", { name: "Take over" }).click();
    await card.getByText("You have taken it").waitFor();
    expect((await service().get("a_claim"))?.claim?.by).toBe("approver");
    await card.getByRole("button", { name: "Give back" }).click();
    await card.getByRole("button", { name: "I'll take it" }).waitFor();
    expect((await service().get("a_claim"))?.claim).toBeNull();
  });

  test("gives more time in the last minute, once, and says that it was given", async () => {
    const before = web.running.now();
    await service().add(lastMinute("a_last", before));
    const { page, signIn } = await web.open("/approvals/a_last");
    await signIn();
    const first = (await service().get("a_last"))?.approve_by ?? 0;
    await page.getByRole("button", { name: "15 min more" }).click();
    // The row of the list has a timer too, and may change before the card does. The card has the button.
    await page.getByRole("article").getByRole("timer").filter({ hasText: /^15:/ }).waitFor();
    expect((await service().get("a_last"))?.approve_by).toBe(first + 15 * 60_000);
    expect(await page.getByRole("button", { name: "15 min more" }).count()).toBe(0);
    web.running.skip(15 * 60_000);
    await page.reload();
    await page.getByText("extended once already").waitFor();
    expect(await page.getByRole("button", { name: "15 min more" }).count()).toBe(0);
  });

  test("stays, with who decided it elsewhere and when, and moves to the history with the time it took", async () => {
    await service().add(
      sampleApproval({ id: "a_else", created: web.running.now() - 125_000, requirement: { summary: "Elsewhere" } }),
    );
    const { page, signIn } = await web.open("/approvals/a_else");
    await signIn();
    await page.locator("#deny:focus").waitFor();
    await service().vote("a_else", await digestOf("a_else"), dana, { vote: "deny", reason: "Refunded last week" });
    const card = page.getByRole("article");
    await card.getByText("Refunded last week").waitFor();
    expect(await card.textContent()).toMatch(
      /Denied by dana, (now|\d+ s ago).*2 min 5 s after it was held|2 min 5 s after it was held.*by dana/s,
    );
    expect(await page.getByRole("button", { name: "Deny" }).count()).toBe(0);
    await page.locator(".card:focus").waitFor();
    await page.getByRole("button", { name: "Decided" }).click();
    const row = page.locator(".row-line", { hasText: "Elsewhere" });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/by dana.*after 2 min/s);
  });

  test("that is approved and has not run can be denied, and says so with the reason", async () => {
    await service().add(sampleApproval({ id: "a_stop", created: web.running.now(), requirement: { summary: "Stop" } }));
    await service().vote("a_stop", await digestOf("a_stop"), dana, { vote: "approve", reason: null });
    const { page, signIn, axe } = await web.open("/approvals/a_stop", { width: 360, height: 740 });
    await signIn();
    const deny = page.getByRole("button", { name: "Deny before it runs" });
    await page.getByText("Approved. It has not run yet.").waitFor();
    await deny.click();
    await page.getByText("Say why: a denial needs a reason").waitFor();
    expect(await axe()).toEqual([]);
    await page.getByLabel("Reason").fill("The order does not exist");
    await deny.click();
    await page.getByText("Not executed. The agent was told the reason.").waitFor();
    await page.getByText("The order does not exist").waitFor();
    expect((await service().get("a_stop"))?.state).toBe("denied");
    expect(await deny.count()).toBe(0);
  });

  test("says of a vote that came too late that it did not count, and who was first", async () => {
    await service().add(sampleApproval({ id: "a_late", created: web.running.now() }));
    const { page, signIn, axe } = await web.open("/approvals/a_late", { width: 360, height: 740 });
    await signIn();
    await page.getByLabel("Reason").fill("It is a fraud");
    // Somebody approves and the agent comes back while the denial is on its way.
    await page.route("**/vote", async (route) => {
      await service().vote("a_late", await digestOf("a_late"), dana, { vote: "approve", reason: null });
      await service().change("a_late", { state: "released" });
      await route.continue();
    });
    await page.getByRole("button", { name: "Deny" }).click();
    const note = page
      .getByRole("alert")
      .filter({ hasText: "Your denial did not count: dana approved first; it has run." });
    await note.waitFor();
    await service().change("a_late", { state: "delivered" });
    await page.getByText("Executed; the tool server answered.").waitFor();
    const box = await note.boundingBox();
    expect(box!.y >= 0 && box!.y + box!.height <= 740).toBe(true);
    expect(await axe()).toEqual([]);
  });

  test("keeps a reason that is being written while its writer signs in again, and while somebody else approves", async () => {
    await service().add(sampleApproval({ id: "a_written", created: web.running.now() }));
    const { page, signIn, axe } = await web.open("/approvals/a_written", { width: 360, height: 740 });
    await signIn();
    await page.getByLabel("Reason").fill("The order does not exist");
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Deny" }).click();
    const note = page
      .getByRole("alert")
      .filter({ hasText: "Your session has ended. What you were writing was not sent." });
    await note.waitFor();
    expect(await axe()).toEqual([]);
    expect(await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")).not.toContain("order");
    await signIn();
    await page.locator("#deny:focus").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("The order does not exist");
    expect((await service().get("a_written"))?.state).toBe("held");
    await service().vote("a_written", await digestOf("a_written"), dana, { vote: "approve", reason: null });
    await page.getByRole("button", { name: "Deny before it runs" }).click();
    await page.getByText("Not executed. The agent was told the reason.").waitFor();
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Name").waitFor();
    expect(await note.count()).toBe(0);
  });

  test("asked again, shows before and after of each change above everything else", async () => {
    await service().add(askedAgain("a_again", web.running.now()));
    const { page, signIn } = await web.open("/approvals/a_again");
    await signIn();
    const changed = page.getByRole("region", { name: "What changed" });
    await changed.waitFor();
    const rows = await changed.locator("tbody tr").allTextContents();
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatch(/Definition of the tool.*"sha256:7d7d.*"sha256:e1e1/s);
    expect(rows[1]).toMatch(/Where the call goes.*"http:\/\/127\.0\.0\.1:9101".*9666"/s);
    expect(rows[2]).toMatch(/Labels of the session.*\["read:orders"\]\["read:orders","seen:pii"\]/s);
    expect(rows[3]).toMatch(/Risk score.*1271/s);
    expect(rows[4]).toMatch(/What policy requires\/require\/0\/count.*12/s);
    const [above, summary] = [await changed.boundingBox(), await page.locator("h2.summary").boundingBox()];
    expect((above?.y ?? 999) + (above?.height ?? 0)).toBeLessThanOrEqual(summary?.y ?? 0);
    await page.locator(".row-line", { hasText: "asked again" }).waitFor();
  });

  test("that needs two people shows how many there are and who voted what", async () => {
    await service().add(twoPeople("a_two", web.running.now()));
    await service().vote("a_two", await digestOf("a_two"), dana, { vote: "approve", reason: "Checked the photos" });
    const { page, signIn } = await web.open("/approvals/a_two");
    await signIn();
    await page.getByRole("heading", { name: "Votes so far" }).waitFor();
    const text = (await page.getByRole("article").textContent()) ?? "";
    for (const part of [
      "1 of 2 approvals",
      "not of team support",
      "dana",
      "Checked the photos",
      "More votes are needed.",
    ])
      expect(text).toContain(part);
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
    expect((await service().get("a_two"))?.votes.map(({ approver: who }) => who)).toEqual(["dana", "approver"]);
  });

  test("is approved once unless somebody chooses further calls, and never wider than policy's scope", async () => {
    await service().add(scoped("a_scoped", web.running.now()));
    const { page, signIn } = await web.open("/approvals/a_scoped");
    await signIn();
    await page.getByRole("button", { name: "Approve once" }).waitFor();
    await page.getByLabel("further calls too").check();
    await page.getByLabel("Calls", { exact: true }).fill("500");
    await page.getByLabel("Calls", { exact: true }).blur();
    await page.getByLabel("Within").selectOption({ label: "15 min" });
    await page.getByText("up to 20 times in all within 15 min of the approval, in the same session only").waitFor();
    await page.getByLabel("Calls", { exact: true }).fill("5");
    await page.getByRole("button", { name: "Approve 5 calls" }).click();
    await page.getByText("for up to 5 calls").waitFor();
    expect((await service().get("a_scoped"))?.votes[0]?.grant).toEqual({
      kind: "session",
      uses: 5,
      seconds: 900,
      same: "arguments",
    });
  });
});

describeInChromium("a card that cannot be undone", () => {
  let web: Browsing;
  beforeAll(async () => (web = await browse({ stopped: true, service: { minReviewTimeMs: 60_000 } })));
  afterAll(() => web.close());

  test("counts down on the approve button until it may be approved, and can be denied at once", async () => {
    await web.running.service.add(sampleApproval({ id: "a_final", created: web.running.now() }));
    const { page, signIn } = await web.open("/approvals/a_final");
    await signIn();
    const early = page.getByRole("button", { name: /^Read first: \d+ s$/ });
    await early.waitFor();
    expect(await early.getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("a");
    await page.keyboard.press("Enter");
    expect((await web.running.service.get("a_final"))?.votes).toEqual([]);
    // A viewing belongs to an account, not to a name.
    const signedIn = { ...approver, id: web.running.account };
    await lookAt(web.running.service, "a_final", signedIn, 60_000, (ms) => web.running.skip(ms));
    await page.reload();
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
  });
});
