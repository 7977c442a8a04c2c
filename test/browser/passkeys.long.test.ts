import type { Page, Route } from "playwright-core";
import { passkeyProblem } from "../../gateway/approvals/vote-checks.ts";
import type { ReceiptClaims } from "../../gateway/approvals/receipts.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing, type Visit } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { addAuthenticator } from "../support/console/virtual-authenticator.ts";

const byPasskey = { proof: "passkey" } as const;

describeInChromium("passkeys", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse();
  });
  afterAll(() => web.close());

  async function hold(id: string): Promise<void> {
    await web.running.service.add(sampleApproval({ id, created: Date.now(), requirement: byPasskey }));
  }

  async function visit(path: string): Promise<Visit> {
    const visit = await web.open(path, { host: "localhost" });
    await addAuthenticator(visit.page);
    await visit.signIn();
    return visit;
  }

  async function addPasskey(page: Page, name: string): Promise<void> {
    await page.goto(`${new URL(page.url()).origin}/account`);
    await page.getByLabel("Name of the device").fill(name);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByLabel("Your password, once more").fill(web.running.password);
    await page.getByRole("button", { name: "Confirm and add" }).click();
    await page.getByRole("listitem").filter({ hasText: name }).waitFor();
  }

  /** Presses through the two prompts of a vote. */
  async function approve(page: Page, id: string): Promise<void> {
    await page.goto(`${new URL(page.url()).origin}/approvals/${id}`);
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByRole("button", { name: "Sign and approve" }).click();
  }

  async function removeAll(page: Page): Promise<void> {
    await page.goto(`${new URL(page.url()).origin}/account`);
    await page.getByRole("heading", { name: "Passkeys" }).waitFor();
    for (let left = await page.locator(".passkeys li").count(); left > 0; left -= 1) {
      await page
        .getByRole("button", { name: /^Remove / })
        .first()
        .click();
      await page.getByRole("button", { name: "Remove for good" }).click();
      await page
        .locator(".passkeys li")
        .nth(left - 1)
        .waitFor({ state: "detached" });
    }
  }

  test("are added after the password is given again, and approve exactly the call on the card", async () => {
    await hold("a_signed");
    const { page, mishaps } = await visit("/account");
    await addPasskey(page, "Work laptop");
    await approve(page, "a_signed");
    await page.getByText("It runs when the agent repeats or polls it").waitFor();
    const item = await web.running.service.get("a_signed");
    expect(item).toMatchObject({ state: "approved", votes: [{ approver: "approver", method: "passkey" }] });
    expect(mishaps.filter((mishap) => !mishap.includes("status of 403"))).toEqual([]);

    // What an auditor does with the receipt alone.
    const receipts = await page.evaluate<{ items: { jws: string }[] }>(
      `fetch("/api/approvals/a_signed/receipts").then((answer) => answer.json())`,
    );
    const claims = JSON.parse(receipts.items[0]?.jws ?? "{}") as ReceiptClaims;
    const [vote] = claims.votes;
    const about = {
      approval: claims.approval,
      actionDigest: claims.action_digest,
      vote: "approve",
      grant: null,
    } as const;
    expect(passkeyProblem(about, vote?.evidence ?? null)).toBeNull();
    expect(passkeyProblem({ ...about, vote: "deny" }, vote?.evidence ?? null)).toBe(
      "its challenge is not that of this vote",
    );
    expect(passkeyProblem({ ...about, actionDigest: "sha256:0" }, vote?.evidence ?? null)).not.toBeNull();
    await removeAll(page);
  });

  test.each([
    ["another call", { id: "a_target" }],
    ["the other decision", { vote: "deny", reason: "no" }],
    ["a wider permission", { grant: { kind: "uses", uses: 5, seconds: 600, same: "arguments" } }],
  ])("cannot be used for %s", async (what, change) => {
    const id = `a_${what.replaceAll(" ", "_")}`;
    for (const one of [id, "a_target"]) if ((await web.running.service.get(one)) === null) await hold(one);
    const { page } = await visit("/account");
    await addPasskey(page, "Phone");
    // Between the page and the console, as a page that lies about what it sends would.
    await page.route("**/vote", (route) => divert(route, change));
    await approve(page, id);
    await page.getByText("The passkey's answer is not valid for this.").waitFor();
    for (const one of [id, "a_target"])
      expect(await web.running.service.get(one)).toMatchObject({ state: "held", votes: [] });
    await page.unroute("**/vote");
    await removeAll(page);
  });

  async function divert(
    route: Route,
    change: { readonly id?: string; readonly [field: string]: unknown },
  ): Promise<void> {
    const body = route.request().postDataJSON() as { passkey?: object; action_digest: string };
    if (body.passkey === undefined) return route.continue();
    const { id, ...rest } = change;
    const url =
      id === undefined ? route.request().url() : `${new URL(route.request().url()).origin}/api/approvals/${id}/vote`;
    const action_digest = id === undefined ? body.action_digest : (await web.running.service.get(id))?.action_digest;
    await route.continue({ url, postData: JSON.stringify({ ...body, action_digest, ...rest }) });
  }

  test("vote no more once removed, and the way to a new one is shown", async () => {
    await hold("a_removed");
    const { page } = await visit("/account");
    await addPasskey(page, "Old key");
    await removeAll(page);
    await approve(page, "a_removed");
    await page.getByText("You have no passkey here").waitFor();
    await page.getByRole("link", { name: "Your account" }).click();
    await page.getByText("You have none yet.").waitFor();
    expect((await web.running.service.get("a_removed"))?.state).toBe("held");
  });

  test("are not used when nobody is verified at the device", async () => {
    await hold("a_nobody");
    const { page, signIn } = await web.open("/account", { host: "localhost" });
    await signIn();
    const device = await addAuthenticator(page);
    await addPasskey(page, "Shared");
    await device.verifiesUser(false);
    await approve(page, "a_nobody");
    await page.getByText("No passkey was used").waitFor();
    expect((await web.running.service.get("a_nobody"))?.state).toBe("held");
    await device.verifiesUser(true);
    await removeAll(page);
  });

  test("are said not to work where the console is reached by an address", async () => {
    const { page, signIn } = await web.open("/account");
    await signIn();
    const link = page.getByRole("link", { name: /^http:\/\/localhost:/ });
    expect(await link.getAttribute("href")).toMatch(/^http:\/\/localhost:\d+\/account$/);
  });
});
