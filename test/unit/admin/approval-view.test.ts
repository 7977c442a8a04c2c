import { approvalCard, approvalRow, rulesBehind } from "../../../gateway/admin/approval-view.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { ActivePolicy, RuleInfo } from "../../../gateway/domain/ports.ts";
import { sampleApproval } from "../../support/console/sample-approvals.ts";

const now = 1_000_000;
const item = sampleApproval({ id: "a_1", created: now });
const rule = { rule: "approval/irreversible", line: 21 } as RuleInfo;
const policy = { rules: [rule, { ...rule, rule: "access/entitlement" }] } as unknown as ActivePolicy;
const review = { neededMs: 2_000, seenMs: 700 };

const cardWith = (history: Parameters<typeof approvalCard>[1]["history"], whyNot: string | null = null) =>
  approvalCard(item, {
    history,
    policy,
    review,
    mayDeny: whyNot === null,
    gateway: "gw-1",
    whyNot: whyNot === null ? null : { code: "approval_self", sentence: whyNot },
  });

test("a line of the inbox says what the call is and how many approvals are still needed", () => {
  expect(approvalRow(item)).toMatchObject({
    id: "a_1",
    state: "held",
    tool: item.binding.tool,
    agent: "refund-bot",
    acting_for: "alice@shop.example",
    places_left: item.requirement.require[0]?.count ?? 0,
    votes: [],
    asked_again: false,
  });
  expect(approvalRow({ ...item, replaces: { id: "a_0" } as unknown as typeof item.replaces }).asked_again).toBe(true);
});

test("a card names the rules behind its reasons, as far as the policy of today has them", () => {
  expect(cardWith([]).rules).toEqual([rule]);
  expect(rulesBehind(["approval/irreversible"], null)).toEqual([]);
});

test("a card says how long it must be looked at only to who may vote", () => {
  expect(cardWith([])).toMatchObject({ may_vote: true, why_not: null, review_ms: 2_000, viewed_ms: 700 });
  expect(cardWith([], "It is yours.")).toMatchObject({ may_vote: false, why_not: "It is yours.", review_ms: 0 });
});

test("a card names the gateway that has the record of its hold, where that is another one", () => {
  const recordAt = (context: JsonObject) =>
    approvalCard(
      { ...item, context },
      { history: [], policy: null, review, whyNot: null, mayDeny: true, gateway: "gw-1" },
    ).record_at;
  expect([{ gateway: "gw-2" }, { gateway: "gw-1" }, {}].map(recordAt)).toEqual(["gw-2", null, null]);
});

test("a card compares with the newest earlier call of the same agent to the same tool", () => {
  const earlier = (id: string, ago: number, binding: Partial<typeof item.binding> = {}) =>
    sampleApproval({ id, created: now - ago, binding });
  const other = { ...item.binding.subject, id: "other-bot" };
  const elsewhere = { ...item.binding.subject, issuer: "https://other.example" };
  const history = [
    item,
    earlier("a_old", 500),
    earlier("a_newest", 100),
    earlier("a_tool", 10, { tool: "payments/other" }),
    earlier("a_agent", 10, { subject: other }),
    earlier("a_issuer", 10, { subject: elsewhere }),
    earlier("a_later", -10),
  ];
  expect(cardWith(history).previous).toMatchObject({ id: "a_newest", arguments: item.binding.arguments });
  expect(cardWith([item]).previous).toBeNull();
});
