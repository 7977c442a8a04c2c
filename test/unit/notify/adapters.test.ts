import { Webhook } from "standardwebhooks";
import { approver, holdRequest } from "../../support/approvals/test-approvals.ts";
import { type SlackServer, startSlack } from "../../support/channels/slack-server.ts";
import { consoleUrl, testDispatcher } from "../../support/channels/test-dispatcher.ts";
import { wholeLife } from "../../support/channels/whole-life.ts";
import { recordingUpstream, type RecordingUpstream } from "../../support/recording-upstream.ts";

const whsec = `whsec_${Buffer.alloc(32, "s").toString("base64")}`;
const secrets = { "env:HOOK": whsec, "env:SLACK": "xoxb-token-1", "env:PD": "R0UT1NGKEY0123456789" };

let receiver: RecordingUpstream;
let slack: SlackServer;
beforeAll(async () => {
  [receiver, slack] = await Promise.all([recordingUpstream(), startSlack("xoxb-token-1")]);
});
afterAll(async () => void (await Promise.all([receiver.close(), slack.close()])));
beforeEach(() => {
  receiver.requests.length = 0;
  slack.messages.clear();
});

function posted(): Record<string, unknown>[] {
  return receiver.requests.map(({ body }) => JSON.parse(body.toString("utf8")) as Record<string, unknown>);
}

describe("webhook", () => {
  test("posts each change, signed, each under an id of its own", async () => {
    const settings = { kind: "webhook", name: "audit", url: `${receiver.origin}/hook`, secrets: ["env:HOOK"] } as const;
    const { room, item } = await wholeLife(settings, secrets);
    expect(posted().map(({ type }) => type)).toEqual([
      "approval.held",
      "approval.held",
      "approval.approved",
      "approval.released",
      "approval.delivered",
    ]);
    expect(posted()[1]).toMatchObject({ data: { claimed_by: "approver", approvals: 0, approvals_needed: 1 } });
    expect(posted()[2]).toMatchObject({
      timestamp: new Date(room.clock.now()).toISOString(),
      data: {
        approval: item.id,
        tool: "payments/create_refund",
        server: "payments",
        agent: "refund-bot",
        decided_by: ["approver"],
        digest: item.action_digest.slice(7, 19),
        link: `${consoleUrl}/approvals/${item.id}`,
      },
    });
    const headers = receiver.requests.map((request) => Object.fromEntries(request.headers));
    expect(new Set(headers.map((all) => all["webhook-id"])).size).toBe(5);
    for (const [index, request] of receiver.requests.entries()) {
      const signed = { ...headers[index], "webhook-timestamp": headers[index]?.["webhook-timestamp"] ?? "" };
      // The library only knows today's clock, the test's stands still.
      expect(Number(signed["webhook-timestamp"])).toBe(Math.floor(room.clock.now() / 1_000));
      const reference = new Webhook(whsec);
      const at = new Date(room.clock.now());
      expect(headers[index]?.["webhook-signature"]).toBe(
        reference.sign(headers[index]?.["webhook-id"] ?? "", at, request.body.toString("utf8")),
      );
      expect(headers[index]?.["webhook-id"]).toMatch(/^msg_[\w-]{27}$/);
    }
  });
});

describe("Slack", () => {
  test("posts one message and changes it in place until the outcome", async () => {
    const settings = { kind: "slack", name: "ops", channel: "C0123", token: "env:SLACK" } as const;
    const { item } = await wholeLife({ ...settings, apiUrl: `${slack.origin}/api` }, secrets);
    expect(slack.messages.size).toBe(1);
    const versions = [...slack.messages.values()].flatMap((message) => message.versions);
    expect(versions.map(headerOf)).toEqual([
      "Approval needed",
      "Approval needed",
      "Approved (approver)",
      "Approved, being executed (approver)",
      "Approved and executed (approver)",
    ]);
    expect(versions.map((version) => JSON.stringify(version).includes("Looking at it"))).toEqual([
      ...[false, true, false, false, false],
    ]);
    for (const version of versions)
      expect(version).toMatchObject({ parse: "none", link_names: false, unfurl_links: false });
    expect(JSON.stringify(versions[0])).toContain(`"url":"${consoleUrl}/approvals/${item.id}"`);
  });

  test("takes a message that somebody removed for corrected", async () => {
    const settings = { kind: "slack", name: "ops", channel: "C0123", token: "env:SLACK" } as const;
    const room = testDispatcher({ settings: [{ ...settings, apiUrl: `${slack.origin}/api` }], secrets });
    const item = await room.holds.open(holdRequest());
    await room.dispatcher.run();
    slack.messages.clear();
    await room.holds.withdraw(item.id, "no longer needed");
    await room.dispatcher.run();
    expect(await room.outbox.of(item.id)).toMatchObject([{ state: "closed", lastPhase: "cancelled" }]);
  });
});

describe("Teams", () => {
  test("posts an Adaptive Card, and the outcome as a second card that names the first", async () => {
    const url = `${receiver.origin}/workflows/1?sig=S1GNATURE-OF-THE-FLOW`;
    const { item } = await wholeLife({ kind: "teams", name: "team", url: "env:TEAMS" }, { "env:TEAMS": url });
    const cards = posted().map((message) => JSON.stringify(message));
    expect(cards).toHaveLength(3);
    expect(posted()[0]).toMatchObject({
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          content: {
            type: "AdaptiveCard",
            actions: [{ type: "Action.OpenUrl", url: `${consoleUrl}/approvals/${item.id}` }],
          },
        },
      ],
    });
    expect(cards[0]).toContain("this one cannot change");
    expect(cards[1]).toContain(`About the request ${item.id}`);
    expect(cards[2]).toContain("Approved and executed (approver)");
  });
});

describe("PagerDuty", () => {
  test("triggers, acknowledges on a claim and resolves with the outcome, all under one dedup_key", async () => {
    const url = `${receiver.origin}/v2/enqueue`;
    const { item } = await wholeLife({ kind: "pagerduty", name: "duty", routingKey: "env:PD", url }, secrets);
    const key = `sallyport-gw-1-${item.id}`;
    expect(posted()).toMatchObject([
      {
        event_action: "trigger",
        dedup_key: key,
        routing_key: secrets["env:PD"],
        client_url: `${consoleUrl}/approvals/${item.id}`,
        payload: { severity: "error", component: "payments", class: "approval" },
      },
      { event_action: "acknowledge", dedup_key: key },
      { event_action: "resolve", dedup_key: key },
    ]);
  });

  test("triggers first when somebody has claimed the item before it could be told", async () => {
    const url = `${receiver.origin}/v2/enqueue`;
    const settings = { kind: "pagerduty", name: "duty", routingKey: "env:PD", url } as const;
    const room = testDispatcher({ settings: [settings], secrets });
    const item = await room.holds.open(holdRequest());
    await room.service.claim(item.id, approver, true);
    await room.dispatcher.run();
    await room.service.claim(item.id, approver, false);
    await room.dispatcher.run();
    expect(posted().map(({ event_action }) => event_action)).toEqual(["trigger", "acknowledge"]);
  });
});

function headerOf(version: Record<string, unknown>): string {
  const [header] = version["blocks"] as { text: { text: string } }[];
  return header?.text.text ?? "";
}
