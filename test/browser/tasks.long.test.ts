import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleTask } from "../support/console/console-tasks.ts";
import { leaseLimits } from "../support/tasks/leases.ts";

describeInChromium("the tasks page", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse({ decisions: 240 });
    const { tasks } = web.running;
    const until = web.running.now() + 3_600_000;
    const limits = leaseLimits({ calls: 20, concurrent: 2, spend: { EUR: "120" }, until });
    await tasks.insert({ targets: ["881", "shop.example"], serves: "ann@shop.example", limits });
    await tasks.insert({ id: "t_part", parent: sampleTask, purpose: "look the order up <b>now</b>", opened: 0 });
  });
  afterAll(() => web.close());

  test.each([
    [1280, false],
    [1280, true],
    [360, false],
    [360, true],
  ])("shows a task with its limits, its parts and its calls, at %i pixels", async (width, dark) => {
    const { page, signIn, axe, mishaps } = await web.open("/tasks", { width, height: 800, dark });
    await signIn();
    await page.getByRole("link", { name: "Task: refund order 881" }).waitFor();
    expect(await axe()).toEqual([]);
    const items = await page.locator(".item").allTextContents();
    expect(items[0]).toMatch(/^Open.*ends in .*refund-bot: 0 of 20 calls, 0 of 2 under way, 0 of 120 EUR/);
    expect(items[1]).toMatch(/look the order up <b>now<\/b>.*a part of another task/);
    await page.getByRole("link", { name: "Task: refund order 881" }).click();
    const calls = page.locator(".timeline > li");
    await calls.nth(49).waitFor();
    expect(await page.getByRole("region", { name: "Limits" }).textContent()).toMatch(
      /Calls0 of 20 used, 20 left.*EUR0 of 120 used, 120 left/,
    );
    expect(await page.getByRole("region", { name: "Task" }).first().textContent()).toContain("shop.example");
    await page.getByRole("link", { name: "Task: look the order up <b>now</b>" }).waitFor();
    expect(await calls.first().textContent()).toMatch(/payments\/.*refund-bot/);
    expect(await axe()).toEqual([]);
    const wider = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
    expect([wider, mishaps]).toEqual([false, []]);
  });

  test("leads from a call of a task to its record and to its session, and loads older calls below", async () => {
    const { page, signIn, mishaps } = await web.open(`/tasks/${sampleTask}`);
    await signIn();
    const calls = page.locator(".timeline > li");
    await calls.nth(49).waitFor();
    await page.getByRole("button", { name: "Show older" }).click();
    await calls.nth(60).waitFor();
    await calls
      .first()
      .getByRole("link", { name: /its session/ })
      .click();
    await page.waitForURL("**/sessions?subject=refund-bot&session=*");
    await page.goBack();
    await page.locator(".timeline-when a").first().click();
    await page.waitForURL("**/decisions/d_*");
    expect(mishaps).toEqual([]);
  });

  test("opens a task, and closes it with a reason", async () => {
    const { page, signIn, axe } = await web.open("/tasks");
    await signIn();
    await page.getByRole("button", { name: "Open a task…" }).click();
    const form = page.getByRole("form", { name: "Open a task" });
    await form.getByLabel("Purpose").fill("Refund order 882");
    await form.getByLabel("Tools").fill("refunds");
    await form.getByLabel("Agents", { exact: true }).fill("refund-bot support-bot");
    await form.getByLabel("Spend").fill("EUR=80");
    expect(await axe()).toEqual([]);
    await form.getByRole("button", { name: "Open the task" }).click();
    await form.getByRole("alert").getByText("must be server/tool").waitFor();
    await form.getByLabel("Tools").fill("payments/*");
    await form.getByRole("button", { name: "Open the task" }).click();
    await page.getByRole("heading", { name: "Refund order 882" }).waitFor();
    await page.getByRole("button", { name: "Close the task…" }).click();
    await page.getByLabel("Why").fill("the customer called it off");
    await page.getByRole("button", { name: "Close, and cut what is under way" }).click();
    await page.getByText("The task is closed. Ended with it: nothing that is open now.").waitFor();
    await page.getByText("the customer called it off").waitFor();
    await page.getByRole("button", { name: "Close the task…" }).waitFor({ state: "detached" });
    expect(await axe()).toEqual([]);
  });

  test("is worked by the keyboard alone: opened, looked at, and closed", async () => {
    const { page, signIn } = await web.open("/tasks");
    await signIn();
    await page.getByRole("button", { name: "Open a task…" }).press("Enter");
    await page.locator("input[name=purpose]:focus").waitFor();
    for (const said of ["Refund order 883", "payments/*", "refund-bot"]) {
      await page.keyboard.type(said);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Refund order 883" }).waitFor();
    await page.getByRole("button", { name: "Close the task…" }).press("Enter");
    await page.locator("input[name=close-reason]:focus").waitFor();
    await page.keyboard.type("done");
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText("The task is closed.").waitFor();
    await page.getByRole("region", { name: "Task" }).getByText("done").waitFor();
  });

  test("people without the role look at tasks, and are offered no more", async () => {
    await web.running.setRoles(["payments-approver"]);
    const { page, signIn } = await web.open(`/tasks/${sampleTask}`);
    await signIn();
    await page.locator(".timeline > li").first().waitFor();
    expect(await page.getByRole("button", { name: "Close the task…" }).count()).toBe(0);
    await page.goto(`${web.running.url}/tasks`);
    await page.getByRole("link", { name: "Task: refund order 881" }).waitFor();
    expect(await page.getByRole("button", { name: "Open a task…" }).count()).toBe(0);
  });
});

describeInChromium("the tasks page without a task", () => {
  let web: Browsing;
  beforeAll(async () => (web = await browse()));
  afterAll(() => web.close());

  test.each([
    [1280, false],
    [360, true],
  ])("says how the first one is opened, at %i pixels", async (width, dark) => {
    const { page, signIn, axe } = await web.open("/tasks", { width, height: 800, dark });
    await signIn();
    const notice = page.locator(".notice");
    await notice.getByText("No task is open").waitFor();
    expect(await notice.textContent()).toMatch(/button above.*sallyport tasks open --purpose.*POST \/tasks/);
    expect(await axe()).toEqual([]);
    const wider = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
    expect(wider).toBe(false);
    await page.getByRole("button", { name: "Ended" }).click();
    await notice.getByText("No task has ended lately").waitFor();
  });

  test("says to people without the role who opens tasks", async () => {
    await web.running.setRoles(["payments-approver"]);
    const { page, signIn } = await web.open("/tasks");
    await signIn();
    await page.locator(".notice").getByText("“tasks.roles”").waitFor();
  });
});
