import type { Lease } from "../../../gateway/domain/lease.ts";
import { draftOf } from "../../../gateway/leases/draft.ts";
import { leaseText, readWish } from "../../../gateway/leases/read-wish.ts";
import { lease, leaseLimits } from "../../support/tasks/leases.ts";

const now = lease().opened;
const { opener } = lease();
const rules = { usualMs: 3_600_000, longestMs: 86_400_000 };
const asked = { purpose: "Refund order 881", tools: ["payments/*"], agents: ["refund-bot"] };

const draft = (wish: object, above: readonly Lease[] = [], issuer: string | null = "https://idp.example") =>
  draftOf(readWish(wish), { id: "t_9", opener, issuer, above, now }, rules);
const problem = (wish: object, above: readonly Lease[] = [], issuer: string | null = "https://idp.example") => {
  try {
    draft(wish, above, issuer);
    return null;
  } catch (thrown) {
    const { code, hint } = thrown as { code: string; hint: string };
    return `${code} ${hint}`;
  }
};

test("takes what is asked for, and the usual time for what does not say", () => {
  expect(draft(asked)).toEqual({
    id: "t_9",
    purpose: "Refund order 881",
    text: null,
    tools: ["payments/*"],
    targets: null,
    serves: null,
    users: [{ subject: "refund-bot", client: null, issuer: "https://idp.example" }],
    limits: { calls: null, concurrent: null, spend: {}, until: now + 3_600_000 },
    opener,
    parent: null,
    opened: now,
    end: null,
  });
});

test("reads limits, targets, the person it serves and each way to name an agent", () => {
  const agents = ["a", { subject: "b", issuer: "https://x.example" }, { client: "c" }];
  const limits = { calls: 20, concurrent: 2, spend: { EUR: "500.50", mails: 3 }, time: "20m" };
  const {
    users,
    limits: read,
    ...rest
  } = draft({ ...asked, agents, limits, targets: ["881"], serves: "ann@x.example" });
  expect(users).toEqual([
    { subject: "a", client: null, issuer: "https://idp.example" },
    { subject: "b", client: null, issuer: "https://x.example" },
    { subject: null, client: "c", issuer: "https://idp.example" },
  ]);
  expect(read).toEqual({ calls: 20, concurrent: 2, spend: { EUR: "500.5", mails: "3" }, until: now + 1_200_000 });
  expect(rest).toMatchObject({ targets: ["881"], serves: "ann@x.example" });
  const until = new Date(now + 60_000).toISOString();
  expect(draft({ ...asked, limits: { until } }).limits.until).toBe(now + 60_000);
});

test("keeps the text of the task as a person wrote it, cut to what there is room for", () => {
  expect(draft({ ...asked, text: "Refund\n\u001bann" }).text).toEqual({ text: "Refund\n ann", truncated: false });
  expect(leaseText("x".repeat(20_000))).toMatchObject({ truncated: true });
});

test.each<[string, object, string]>([
  ["nothing", {}, "/purpose"],
  ["no tools", { purpose: "p", agents: ["a"] }, "/tools"],
  ["no agents", { purpose: "p", tools: ["a/*"] }, "/agents"],
  ["a purpose of two lines", { ...asked, purpose: "a\nb" }, "/purpose"],
  ["all tools of all servers", { ...asked, tools: ["*"] }, "/tools/0"],
  ["a part of a name", { ...asked, tools: ["payments/get*", "payments"] }, "/tools/1"],
  ["an agent with a character that nobody sees", { ...asked, agents: ["a\u200db"] }, "/agents/0"],
  ["an agent that is both", { ...asked, agents: [{ subject: "a", client: "b" }] }, "/agents/0"],
  ["no call", { ...asked, limits: { calls: 0 } }, "/limits/calls"],
  ["half a call", { ...asked, limits: { calls: 1.5 } }, "/limits/calls"],
  ["a unit of two words", { ...asked, limits: { spend: { "a b": 1 } } }, "/limits/spend"],
  ["an amount below nothing", { ...asked, limits: { spend: { EUR: -1 } } }, "/limits/spend/EUR"],
  ["a duration that is none", { ...asked, limits: { time: "soon" } }, "/limits/time"],
  ["two times", { ...asked, limits: { time: "1m", until: "2030-01-01T00:00:00Z" } }, "/limits"],
  ["a time that is over", { ...asked, limits: { until: "2020-01-01T00:00:00Z" } }, "/limits/until"],
  ["more time than there may be", { ...asked, limits: { time: "25h" } }, "/limits"],
  ["a member that there is not", { ...asked, tool: "x" }, "/"],
])("refuses %s, and says where", (_what, wish, place) => {
  expect(problem(wish)).toContain(`task_invalid`);
  expect(problem(wish)).toContain(place);
});

test("an agent without an issuer needs one where several are trusted", () => {
  expect(problem(asked, [], null)).toBe("task_invalid /agents/0: needs its issuer, since several are trusted here");
  expect(problem({ ...asked, agents: [{ subject: "a", issuer: "https://x.example" }] }, [], null)).toBeNull();
});

describe("a part of a task", () => {
  const whole = lease({
    id: "t_8",
    tools: ["payments/*"],
    targets: ["881"],
    serves: "ann",
    limits: leaseLimits({ calls: 5, spend: { EUR: "10" } }),
  });

  it("has what its parent has where it says nothing else, and no number of its own", () => {
    expect(draft({ purpose: "Look", parent: "t_8" }, [whole])).toMatchObject({
      tools: ["payments/*"],
      targets: ["881"],
      serves: "ann",
      users: whole.users,
      parent: "t_8",
      limits: { calls: null, concurrent: null, spend: {}, until: whole.limits.until },
    });
  });

  it("is refused where it would be wider, with the dimension in its words", () => {
    const part = { purpose: "Look", parent: "t_8" };
    expect(problem({ ...part, tools: ["crm/x"] }, [whole])).toBe(
      "task_wider tools: crm/x is not among the parent's tools",
    );
    expect(problem({ ...part, limits: { calls: 6 } }, [whole])).toBe("task_wider calls: 6 is more than the parent's 5");
    expect(problem({ ...part, limits: { spend: { EUR: "10.01" } } }, [whole])).toMatch(/^task_wider spend: 10.01 EUR/);
    expect(problem({ ...part, limits: { time: "2h" } }, [whole])).toMatch(/^task_wider until/);
    expect(problem({ ...part, limits: { time: "2h" } }, [whole])).toContain(new Date(whole.limits.until).toISOString());
  });

  it("is refused where the task, or one above it, has ended, and at a depth that nobody could follow", () => {
    const part = { purpose: "Look", parent: "t_8" };
    const end = { at: now, kind: "closed", by: "ann", reason: "done" } as const;
    expect(problem(part, [whole, { ...whole, end }])).toBe("task_over t_8");
    expect(problem(part, [{ ...whole, limits: leaseLimits({ until: now }) }])).toBe("task_over t_8");
    expect(
      problem(
        part,
        Array.from({ length: 8 }, () => whole),
      ),
    ).toContain("task_invalid /parent");
    expect(
      problem(
        part,
        Array.from({ length: 7 }, () => whole),
      ),
    ).toBeNull();
  });
});
