import type { Page } from "playwright-core";
import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing, listed } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { undoable } from "../support/console/sample-cases.ts";

describeInChromium("deciding several calls together", () => {
  let web: Browsing;
  beforeEach(async () => (web = await browse()));
  afterEach(() => web.close());

  const stateOf = async (id: string): Promise<string | undefined> => (await web.running.service.get(id))?.state;

  async function add(): Promise<void> {
    const now = web.running.now();
    for (const n of [1, 2, 3]) await web.running.service.add(undoable(`a_${n}`, now - 10 + n, `Tag order ${n}`));
    await web.running.service.add(
      sampleApproval({ id: "a_final", created: now - 6, requirement: { summary: "Refund" } }),
    );
    const riskier = sampleApproval({ id: "a_risky", created: now - 5, requirement: { summary: "Riskier" } });
    await web.running.service.add({ ...riskier, binding: { ...riskier.binding, reversible: true } });
  }

  async function start(): Promise<Page> {
    await add();
    const { page, signIn } = await web.open("/approvals/a_1");
    await signIn();
    await listed(page);
    await page.locator("#deny:focus").waitFor();
    return page;
  }

  /** Opens the next one with the keyboard and selects it. */
  async function select(page: Page, id: string, move = true): Promise<void> {
    if (move) await page.keyboard.press("j");
    await page.waitForURL(`**/${id}`);
    await page.locator("#deny:focus").waitFor();
    await page.keyboard.press("x");
  }

  test("takes what was looked at, with the keyboard alone, and decides each by its digest", async () => {
    const page = await start();
    await select(page, "a_1", false);
    await select(page, "a_2");
    await select(page, "a_3");
    await page.getByRole("group", { name: "Selected calls" }).getByText("3 selected").waitFor();
    const sent = page.waitForRequest("**/api/approvals/batch");
    await page.keyboard.press("a");
    const dialog = page.getByRole("dialog", { name: "Decide 3 calls together" });
    await dialog.waitFor();
    expect(await dialog.getByRole("listitem").allTextContents()).toEqual(
      [1, 2, 3].map((n) => expect.stringContaining(`Tag order ${n}`)),
    );
    await dialog.getByRole("button", { name: "Deny 3" }).waitFor();
    expect(await page.evaluate("document.activeElement.textContent")).toContain("Deny 3");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const items = ["a_1", "a_2", "a_3"].map(async (id) => ({
      id,
      action_digest: (await web.running.service.get(id))?.action_digest,
    }));
    expect(JSON.parse((await sent).postData() ?? "").items).toEqual(await Promise.all(items));
    await page.getByRole("heading", { name: "What became of them" }).waitFor();
    expect(await Promise.all(["a_1", "a_2", "a_3", "a_final"].map(stateOf))).toEqual([
      "approved",
      "approved",
      "approved",
      "held",
    ]);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
  });

  test("says why a call cannot be selected: not looked at, not to be undone, of another risk", async () => {
    const page = await start();
    const note = page.locator(".selection-note");
    const box = (name: string) => page.getByRole("checkbox", { name: `Select ${name}` });
    // Forced: it is marked as disabled, and a click on it says why.
    await box("Tag order 2").click({ force: true });
    await note.getByText("Open it first").waitFor();
    await box("Refund").click({ force: true });
    await note.getByText("It cannot be undone, so it is decided by itself.").waitFor();
    await box("Tag order 1").click();
    expect(await box("Tag order 1").isChecked()).toBe(true);
    await page.getByText("Riskier").click();
    await page.waitForURL("**/a_risky");
    await page.locator("#deny:focus").waitFor();
    await box("Riskier").click({ force: true });
    await note.getByText("Its risk is another than that of those selected (low sensitivity, internal).").waitFor();
    expect(await page.getByRole("checkbox", { checked: true }).count()).toBe(1);
    expect(await box("Refund").getAttribute("aria-describedby")).not.toBeNull();
  });

  test("denies only with a reason, and tells apart what was decided elsewhere meanwhile", async () => {
    const page = await start();
    await select(page, "a_1", false);
    await select(page, "a_2");
    await page.getByRole("button", { name: "Decide together…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Deny 2" }).click();
    await dialog.getByText("a denial needs a reason").waitFor();
    const digest = (await web.running.service.get("a_2"))?.action_digest ?? "";
    await web.running.service.vote("a_2", digest, { ...approver, id: "dana" }, { vote: "deny", reason: "Not this" });
    await page.keyboard.type("Not these");
    await dialog.getByRole("button", { name: "Deny 2" }).click();
    await dialog.getByText("Not decided: This approval is already decided.").waitFor();
    expect([await stateOf("a_1"), await stateOf("a_2")]).toEqual(["denied", "denied"]);
  });

  test("gives the focus back when it is given up with Escape", async () => {
    const page = await start();
    await select(page, "a_1", false);
    await select(page, "a_2");
    await page.keyboard.press("a");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.id")).toBe("deny");
    expect([await stateOf("a_1"), await stateOf("a_2")]).toEqual(["held", "held"]);
  });
});
