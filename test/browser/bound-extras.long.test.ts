import type { ActionBinding } from "../../gateway/domain/approval.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

describeInChromium("what is sent beside the arguments", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse();
  });
  afterAll(() => web.close());

  async function card(id: string, binding: Partial<ActionBinding>) {
    await web.running.service.add(sampleApproval({ id, created: Date.now(), binding }));
    const { page, signIn, axe } = await web.open(`/approvals/${id}`);
    await signIn();
    await page.getByRole("button", { name: "Deny" }).waitFor();
    return { section: page.getByRole("region", { name: "Sent beside the arguments" }), page, axe };
  }

  test.each<[string, Partial<ActionBinding>, string]>([
    [
      "a header",
      {
        headers: [
          ["accept", "*/*"],
          ["x-dry-run", "1"],
        ],
      },
      "x-dry-run: 1",
    ],
    ["a pair of the query", { query: [["tenant", "b"]] }, "tenant=b"],
    ["the query of a body that is not read", { query: [["amount", "120"]], arguments: null }, "amount=120"],
    ["another value in the query than in the arguments", { query: [["order_id", "882"]] }, "order_id=882"],
    ["an answer beside the arguments", { beside: { requestState: "step-2" } }, "step-2"],
  ])("is in sight without opening anything: %s", async (what, binding, wanted) => {
    const { section, axe } = await card(`a_extra_${what.replaceAll(" ", "_")}`, binding);
    await section.waitFor({ state: "visible" });
    await section.getByText(wanted).waitFor();
    expect(await section.getByText("accept: */*").count()).toBe(0);
    expect(await axe()).toEqual([]);
  });

  test("stays among the rest when it is only what every client sends, or stands in the arguments", async () => {
    const headers = [
      ["accept", "*/*"],
      ["content-type", "application/json"],
      ["user-agent", "curl/8"],
    ] as const;
    const { section, page } = await card("a_ordinary", { headers, query: [["order_id", "881"]] });
    expect(await section.count()).toBe(0);
    expect(await page.getByText("user-agent: curl/8").isVisible()).toBe(false);
    await page.getByText("Everything else this approval is bound to").click();
    await page.getByText("user-agent: curl/8").waitFor();
  });
});
