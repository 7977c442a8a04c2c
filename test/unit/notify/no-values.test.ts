import { approver, holdRequest } from "../../support/approvals/test-approvals.ts";
import { binding, requirement } from "../../support/builders.ts";
import { type EveryChannel, everyChannel } from "../../support/channels/every-channel.ts";
import { testDispatcher } from "../../support/channels/test-dispatcher.ts";

let far: EveryChannel;
beforeAll(async () => {
  far = await everyChannel();
});
afterAll(() => far.close());
beforeEach(() => far.forget());

/** A value that must not leave, wherever a call and its hold can carry one. */
const canary = (where: string): string => `canary-${where}`;

const bound = {
  ...binding(),
  path: `/v1/customers/${canary("path")}`,
  query: [["q", canary("query")]] as const,
  headers: [["x-note", canary("header")]] as const,
  arguments: { card: canary("argument") },
  beside: { requestState: canary("beside") },
  session: canary("session"),
  task: canary("task"),
};

function everything(): string {
  return [
    ...(["hook", "api", "workflow", "pagerduty"] as const).flatMap((adapter) =>
      far.posted(adapter).map(({ target, headers, body }) => JSON.stringify([target, headers, body.toString("utf8")])),
    ),
    // As sent and as read: an encoding must not hide what is there.
    ...far.mails.flatMap(({ raw, email: { subject, text, html } }) => [raw, subject ?? "", text ?? "", html ?? ""]),
  ].join("\n");
}

async function told(
  tool: string,
  changes: Partial<typeof bound> & { action?: string; protocol?: "http" | "mcp" } = {},
) {
  const room = testDispatcher({ settings: far.settings, secrets: far.secrets });
  const item = await room.holds.open(
    holdRequest({
      binding: { ...bound, ...changes, tool },
      requirement: { ...requirement, summary: `Refund ${canary("summary")}` },
      reasons: [
        { code: "LIMIT", message: `over ${canary("message")}`, rule: "amounts/limit", severity: "high", controls: [] },
      ],
      context: { purpose: canary("purpose"), stated_intent: canary("intent") },
    }),
  );
  await room.dispatcher.run();
  const ballot = { vote: "approve", reason: canary("justification") } as const;
  await room.service.vote(item.id, item.action_digest, approver, ballot);
  await room.dispatcher.run();
  await room.holds.consume(item.id);
  await room.holds.finish(item.id, "failed", `status 500 ${canary("outcome")}`);
  await room.dispatcher.run();
  expect((await room.outbox.of(item.id)).map(({ state }) => state)).toEqual(far.settings.map(() => "closed"));
  return everything();
}

test("no channel is told an argument's value, not even by way of policy's summary", async () => {
  const text = await told("payments/create_refund");
  expect(text).toContain("payments/create_refund");
  expect(text).toContain("amounts/limit");
  expect(text.match(/canary-\w+/g)).toBeNull();
});

test("no channel is told the path of an operation that no document names", async () => {
  const text = await told(`payments/POST ${bound.path}`);
  expect(text).toContain("payments/POST");
  expect(text.match(/canary-\w+/g)).toBeNull();
});

test("no channel is told the address of a resource", async () => {
  const text = await told(`crm/customer://${canary("uri")}`, { protocol: "mcp", action: "resources/read" });
  expect(text).toContain("crm (resources/read)");
  expect(text.match(/canary-\w+/g)).toBeNull();
});
