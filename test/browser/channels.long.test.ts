import { createChannel } from "../../gateway/notify/create-channel.ts";
import type { ChannelSettings } from "../../gateway/domain/channel.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing } from "../support/console/browse.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";

const hook = { kind: "webhook", name: "audit", url: "https://hooks.example/", secrets: ["env:HOOK"] } as const;
const slack = {
  kind: "slack",
  name: "ops",
  channel: "C1",
  token: "env:SLACK",
  apiUrl: "https://slack.example",
} as const;

const channels = new Map(
  ([hook, slack] satisfies ChannelSettings[]).map((settings) => [
    settings.name,
    createChannel(settings, { secret: () => "", clock: { now: Date.now, monotonic: () => 0 }, timeoutMs: 1 }),
  ]),
);

describeInChromium("the page of channels", () => {
  let web: Browsing;
  afterEach(() => web.close());

  async function giveUp(channel: string, error: string): Promise<void> {
    const { service, outbox, now } = web.running;
    const [approvalId, at] = [`a_${channel}`, now()];
    await service.add(sampleApproval({ id: approvalId, created: at }));
    await outbox.add([{ id: `${approvalId}.${channel}`, approvalId, channel, escalated: false, created: at, due: at }]);
    const [letter] = await outbox.take(channel, at, at + 1_000, 10, "n_1");
    if (letter !== undefined) await outbox.deadLetter(letter.id, "n_1", { error, at });
  }

  test("says what people were never told and why, and tries it again when somebody says so", async () => {
    web = await browse({ channels });
    await giveUp("ops", "<b>invalid_auth</b>\u202e");
    await giveUp("former", "the host does not answer");
    const { page, signIn, axe, mishaps } = await web.open("/channels");
    await signIn();
    const undelivered = page.getByRole("region", { name: "Undelivered" });
    const letter = undelivered.locator(".item").filter({ hasText: "invalid_auth" });
    await letter.waitFor();
    for (const part of ["Never delivered", "<b>invalid_auth</b>", "Slack", "Attempts1"])
      expect(await letter.textContent()).toContain(part);
    const listed = page.getByRole("list", { name: "Channels" }).locator(".item");
    await listed.nth(channels.size - 1).waitFor();
    expect(await listed.allTextContents()).toEqual([
      expect.stringMatching(/^DeliversSigned webhook.*audit/s),
      expect.stringMatching(/^1 undeliveredSlack.*ops/s),
    ]);
    const former = undelivered.locator(".item").filter({ hasText: "does not answer" });
    expect(await former.textContent()).toContain("No longer configured");
    expect(await former.getByRole("button").count()).toBe(0);
    expect(await axe()).toEqual([]);
    await letter.getByRole("button", { name: "Try again" }).click();
    await letter.waitFor({ state: "detached" });
    expect(await web.running.outbox.get("a_ops.ops")).toMatchObject({ state: "waiting", attempts: 0 });
    expect(mishaps).toEqual([]);
  });

  test("says that nobody is told when there is no channel", async () => {
    web = await browse();
    const { page, signIn } = await web.open("/channels");
    await signIn();
    await page.getByRole("heading", { name: "No channels" }).waitFor();
  });
});
