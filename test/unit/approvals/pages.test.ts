/** The inbox is read page by page, each `before` the last item of the one before it. */
import type { Approval } from "../../../gateway/domain/approval.ts";
import { holdRequest, testOffice } from "../../support/approvals/test-office.ts";
import { binding, subject, TestClock, toolCall } from "../../support/builders.ts";

test("leaves nothing out when many items are of the same millisecond", () => {
  const clock = new TestClock();
  const { holds, store } = testOffice({ clock, perSubject: 1_000 });
  const opened: string[] = [];
  for (let at = 0; at < 130; at++) {
    const bound = binding(toolCall({ arguments: { at } }), subject());
    opened.push(holds.open(holdRequest({ binding: bound })).id);
    if (at % 13 === 0) clock.advance(1);
  }
  const seen: string[] = [];
  for (let page: readonly Approval[] | null = null; page === null || page.length > 0;) {
    const last = page?.at(-1);
    page = store.list({ states: ["held"], limit: 10, ...(last === undefined ? {} : { before: last.seal.created }) });
    seen.push(...page.map(({ id }) => id));
  }
  expect(seen).toHaveLength(opened.length);
  expect(seen.toSorted()).toEqual(opened.toSorted());
});
