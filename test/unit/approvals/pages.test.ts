/** The inbox is read page by page, each `before` the last item of the one before it. */
import type { Approval } from "../../../gateway/domain/approval.ts";
import { holdRequest, testApprovals } from "../../support/approvals/test-approvals.ts";
import { binding, subject, TestClock, toolCall } from "../../support/builders.ts";

test("leaves nothing out when many items are of the same millisecond", async () => {
  const clock = new TestClock();
  const { holds, store } = testApprovals({ clock, perSubject: 1_000 });
  const opened: string[] = [];
  for (let at = 0; at < 130; at++) {
    const bound = binding(toolCall({ arguments: { at } }), subject());
    opened.push((await holds.open(holdRequest({ binding: bound }))).id);
    if (at % 13 === 0) clock.advance(1);
  }
  const seen: string[] = [];
  for (let page: readonly Approval[] | null = null; page === null || page.length > 0;) {
    const last = page?.at(-1);
    page = await store.list({
      states: ["held"],
      limit: 10,
      ...(last === undefined ? {} : { from: last.seal.created }),
    });
    seen.push(...page.map(({ id }) => id));
  }
  expect(seen).toHaveLength(opened.length);
  expect(seen.toSorted()).toEqual(opened.toSorted());
});

test("lists what waits by deadline, page by page, and finds it by what people know it by", async () => {
  const clock = new TestClock();
  const { holds, store, service } = testApprovals({ clock, perSubject: 1_000 });
  const within = [900, 60, 300, 60, 600];
  for (const [at, approve_within] of within.entries()) {
    const bound = binding(toolCall({ arguments: { at } }), subject({ id: `bot-${at}` }));
    const request = holdRequest({ binding: bound });
    await holds.open({ ...request, requirement: { ...request.requirement, approve_within, summary: `Refund ${at}` } });
    clock.advance(1);
  }
  const page = (from?: number) =>
    store.list({ states: ["held"], order: "deadline", limit: 2, ...(from === undefined ? {} : { from }) });
  const agents = (items: readonly Approval[]) => items.map(({ binding: { subject: who } }) => who.id);
  expect(agents(await page())).toEqual(["bot-1", "bot-3"]);
  expect(agents(await page((await page()).at(-1)!.approve_by))).toEqual(["bot-2", "bot-4"]);
  expect(agents(await store.list({ states: ["held"], limit: 9, text: "BOT-2" }))).toEqual(["bot-2"]);
  expect(agents(await store.list({ states: ["held"], limit: 9, text: "refund 4" }))).toEqual(["bot-4"]);
  expect(await store.list({ states: ["held"], limit: 9, text: "%" })).toEqual([]);
  expect(await service.counts()).toEqual({ held: 5, approved: 0 });
});
