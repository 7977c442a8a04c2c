import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval, sampleInbox } from "../support/console/sample-approvals.ts";
import { healthyPolicy } from "../support/console/sample-policy.ts";

describeInChromium("the approvals page", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse();
    for (const approval of sampleInbox(Date.now())) await web.running.service.add(approval);
  });
  afterAll(() => web.close());

  test("asks for a name and a password, says when they are wrong, and opens the deep link after", async () => {
    const { page, mishaps, signIn } = await web.open("/approvals/a_refund_881");
    await page.getByLabel("Name").fill("approver");
    await page.getByLabel("Password").fill("wrong");
    await page.keyboard.press("Enter");
    expect(await page.getByText("The name or the password is wrong.").textContent()).toContain("wrong");
    await signIn();
    expect(await page.getByRole("heading", { level: 2 }).textContent()).toBe("Refund 120.00 EUR for order 881");
    expect(mishaps).toEqual([]);
    // Chromium takes the prefixed cookie over http on loopback, and no script can read either.
    const cookies = await page.context().cookies();
    expect(
      cookies.map((cookie) => [cookie.name.replace(/\d+$/, "PORT"), cookie.httpOnly, cookie.sameSite]),
    ).toContainEqual(["__Host-sallyport-PORT", true, "Strict"]);
    expect(await page.evaluate("document.cookie")).toBe("");
  });

  test("shows all that a person needs to decide, with Deny focused", async () => {
    const { page, signIn } = await web.open("/approvals/a_refund_881");
    await signIn();
    const card = page.getByRole("article", { name: "Held call" });
    await card.getByRole("button", { name: "Deny" }).waitFor();
    const text = (await card.textContent()) ?? "";
    const wanted = [
      "Refund 120.00 EUR for order 881",
      "refund-bot",
      "alice@shop.example",
      "payments/create_refund",
      "cannot be undone",
      "medium sensitivity",
    ];
    wanted.push(
      "ticket-881",
      "Settle the damaged-parcel complaint",
      "The agent's own words",
      "Parcel arrived damaged",
      "read:orders",
      "payments/get_order",
    );
    wanted.push(
      "Irreversible actions need a person",
      "irreversible.rego:21",
      "Against the last similar call",
      "49.9",
      "left",
      "sha256:",
    );
    for (const part of wanted) expect(text).toContain(part);
    await page.locator("#deny:focus").waitFor();
  });

  test("says only what the gateway knew where the session has no history", async () => {
    const context = { session: { id: "s_new", labels: [], history: [] } };
    await web.running.service.add(sampleApproval({ id: "a_no_history", created: Date.now(), context }));
    const { page, signIn } = await web.open("/approvals/a_no_history");
    await signIn();
    const history = page.getByRole("region", { name: "Session so far" });
    expect(await history.textContent()).toContain("knew of no earlier call of the session");
    expect(await history.textContent()).not.toContain("first call");
  });

  test("denies only with a reason, and the reason is kept", async () => {
    await web.running.service.add(sampleApproval({ id: "a_deny", created: Date.now() }));
    const { page, signIn } = await web.open("/approvals/a_deny");
    await signIn();
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByText("a denial needs a reason").waitFor();
    await page.locator("#reason:focus").waitFor();
    expect((await web.running.service.get("a_deny"))?.state).toBe("held");
    await page.keyboard.type("Already refunded last week");
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByText("Not executed. The agent was told the reason.").waitFor();
    expect(await web.running.service.get("a_deny")).toMatchObject({
      state: "denied",
      votes: [{ approver: "approver", reason: "Already refunded last week" }],
    });
  });

  test("approves what was on the screen", async () => {
    await web.running.service.add(sampleApproval({ id: "a_approve", created: Date.now() }));
    const { page, signIn, mishaps } = await web.open("/approvals/a_approve");
    await signIn();
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
    expect((await web.running.service.get("a_approve"))?.state).toBe("approved");
    expect(await page.getByRole("button", { name: "Approve once" }).count()).toBe(0);
    expect(mishaps).toEqual([]);
  });

  test("keeps the list still: new calls wait above it, decided ones stay with who decided", async () => {
    await web.running.service.add(
      sampleApproval({ id: "a_seen", created: Date.now(), requirement: { summary: "Refund seen" } }),
    );
    const { page, signIn } = await web.open("/approvals/a_seen");
    await signIn();
    await page.locator(".connection.live").waitFor();
    const list = page.getByRole("region", { name: "Held calls" }).getByRole("listitem");
    await list.filter({ hasText: "Refund seen" }).waitFor();
    const before = await list.allTextContents();
    for (const [n, name] of ["one", "two", "three"].entries())
      await web.running.service.add(
        sampleApproval({
          id: `a_new_${name}`,
          created: Date.now() + n,
          requirement: { summary: `Refund new ${name}` },
        }),
      );
    const bar = page.getByRole("button", { name: "3 new — show" });
    await bar.waitFor();
    expect(await list.count()).toBe(before.length);

    const dana = { ...approver, id: "dana", name: "dana" };
    await web.running.service.vote("a_seen", (await web.running.service.get("a_seen"))?.action_digest ?? "", dana, {
      vote: "deny",
      reason: "Not ours",
    });
    await page.getByRole("article").getByText("Not ours").waitFor();
    expect(await page.getByRole("article").textContent()).toContain("by dana");
    await list.filter({ hasText: "Refund seen" }).filter({ hasText: "Denied" }).waitFor();
    expect(await page.getByRole("button", { name: "Deny" }).count()).toBe(0);

    await bar.click();
    await list.filter({ hasText: "Refund new three" }).waitFor();
    // In the order of deadlines.
    expect((await list.allTextContents()).at(-1)).toContain("Refund new three");
  });

  test("shows the place of a broken policy edit at once, and takes it away when mended", async () => {
    const { page, signIn } = await web.open();
    await signIn();
    await page.locator(".connection.live").waitFor();
    const active = { revision: "2f9c1e7ab4d05c88", digest: "sha256:9b", activated_at: Date.now(), source: "rego/" };
    const location = {
      file: "rego/sallyport/rules/limits/arguments/arguments.rego",
      line: 17,
      message: "unexpected identifier",
    };
    web.running.setPolicy({
      active,
      failure: {
        at: Date.now(),
        since: Date.now(),
        stage: "compile",
        message: "",
        locations: [location],
        edited: location.file,
        retried: false,
      },
      building: null,
      warnings: [],
      faults: [],
    });
    await page.getByText("rego/sallyport/rules/limits/arguments/arguments.rego:17").waitFor();
    await page.getByText(`The edit of ${location.file} is not active`).waitFor();
    const fault = { entrypoint: "decision", code: "policy_conflict", detail: "var assignment conflict" } as const;
    const seen = { count: 3, first: Date.now(), latest: Date.now(), place: { file: "two.rego", line: 18 } };
    const warning = { file: "foreign.rego", line: 1, message: "package acme is never evaluated" };
    web.running.setPolicy({
      active,
      failure: null,
      building: null,
      warnings: [warning],
      faults: [{ ...fault, ...seen }],
    });
    await page.getByText(/^The edit of .* is not active$/).waitFor({ state: "detached" });
    await page.getByText("policy_conflict, 3 times: var assignment conflict").waitFor();
    expect(await page.getByText("package acme is never evaluated").textContent()).toContain("foreign.rego:1");
    web.running.setPolicy({ active, failure: null, building: null, warnings: [], faults: [] });
    await page.getByText("Parts of the active policy have no effect").waitFor({ state: "detached" });
  });

  test("says of a policy source that cannot be read that it is no broken edit and is tried again", async () => {
    const { page, signIn } = await web.open();
    await signIn();
    const failure = {
      at: Date.now(),
      since: Date.now(),
      stage: "load",
      message: "ENOENT: rego",
      locations: [],
    } as const;
    web.running.setPolicy({
      ...healthyPolicy(Date.now()),
      failure: { ...failure, edited: null, retried: true },
    });
    const banner = page.getByRole("alert").filter({ hasText: "The policy source cannot be read" });
    await banner.getByText("It is tried again by itself.").waitFor();
    expect(await banner.textContent()).toContain("ENOENT: rego");
    web.running.setPolicy(healthyPolicy(Date.now()));
    await banner.waitFor({ state: "detached" });
  });

  test("shows what changed between the loading of the page and the opening of its event stream", async () => {
    const { page, signIn } = await web.open();
    let open = () => {};
    const held = new Promise<void>((resolve) => (open = resolve));
    await page.route("**/api/events", async (route) => {
      await held;
      await route.continue();
    });
    await signIn();
    await page.getByRole("listitem").first().waitFor();
    const failure = {
      at: Date.now(),
      since: Date.now(),
      stage: "load",
      message: "ENOENT: early",
      locations: [],
    } as const;
    web.running.setPolicy({ ...healthyPolicy(Date.now()), failure: { ...failure, edited: null, retried: true } });
    await web.running.service.add(
      sampleApproval({ id: "a_early", created: Date.now(), requirement: { summary: "Refund early" } }),
    );
    open();
    await page.getByText("ENOENT: early").waitFor();
    await page.getByRole("button", { name: /1 new/ }).waitFor();
    web.running.setPolicy(healthyPolicy(Date.now()));
  });

  test("goes back to sign-in when the session has ended", async () => {
    const { page, signIn } = await web.open();
    await signIn();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Password").waitFor();
    await page.goto(`${web.running.url}/decisions`);
    await page.getByLabel("Password").waitFor();
  });
});
