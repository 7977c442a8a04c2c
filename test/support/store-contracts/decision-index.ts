import type { DecisionIndex, DecisionQuery } from "../../../gateway/domain/ports.ts";
import type { JsonObject } from "../../../gateway/lib/json.ts";
import type { Shared } from "./shared.ts";

/** A decision of the log; the higher its number, the later it was. */
function decision(seq: number, changes: JsonObject = {}, result: JsonObject = {}): JsonObject {
  return {
    kind: "decision",
    seq,
    decision_id: `d_${seq}`,
    timestamp: `2026-11-25T13:00:0${seq}.000Z`,
    action: "tools/call",
    tool: "crm/find",
    subject: "bot",
    session: "s1",
    protocol: "mcp",
    acting_for: null,
    bundles: { sallyport: { revision: "r1" } },
    ...changes,
    result: { effect: "allow", reasons: [], ...result },
  };
}

const outcome = (seq: number): JsonObject => ({
  kind: "outcome",
  decision_id: `d_${seq}`,
  outcome: "forwarded",
  status: 200,
  duration_ms: 1.5,
});

/** What every index of the decision log promises. */
export function describeDecisionIndex(make: () => Promise<Shared<DecisionIndex>>): void {
  describe("an index of the decision log", () => {
    let shared: Shared<DecisionIndex>;
    let index: DecisionIndex;
    beforeEach(async () => {
      shared = await make();
      index = shared.store;
    });
    afterEach(() => shared.close());
    const add = (...lines: JsonObject[]) => index.add("one", { bytes: 10, file: "f" }, lines);
    const found = async (query: Partial<DecisionQuery>) =>
      (await index.search({ limit: 9, ...query })).rows.map(({ seq }) => seq);

    it("knows how far each segment was read, and zero of one that was not", async () => {
      await index.add("one", { bytes: 10, file: "f1" }, []);
      await index.add("one", { bytes: 30, file: "f2" }, []);
      expect([await index.position("one"), await index.position("two")]).toEqual([
        { bytes: 30, file: "f2" },
        { bytes: 0, file: "" },
      ]);
    });

    it("shows a decision with what came of it, and leaves other lines out", async () => {
      const reasons = [{ code: "ODD", message: "is odd" }];
      await add(
        decision(1, {}, { effect: "deny", reasons }),
        { kind: "interruption", seq: 2 },
        decision(3),
        outcome(3),
      );
      const { rows, next } = await index.search({ limit: 9 });
      expect(next).toBeNull();
      expect(rows).toEqual([
        expect.objectContaining({ decision_id: "d_3", outcome: "forwarded", status: 200, duration_ms: 1.5 }),
        expect.objectContaining({
          decision_id: "d_1",
          effect: "deny",
          codes: ["ODD"],
          message: "is odd",
          revision: "r1",
          outcome: null,
          status: null,
          duration_ms: null,
        }),
      ]);
    });

    it("gives the records of a decision as they were written", async () => {
      await add(decision(1), outcome(1), decision(2));
      expect(await index.get("d_1")).toEqual({ decision: decision(1), outcome: outcome(1) });
      expect(await index.get("d_2")).toEqual({ decision: decision(2), outcome: null });
      expect(await index.get("d_3")).toBeNull();
    });

    it("finds by each member, by free text and by time", async () => {
      const odd = { tool: "mail/send", subject: "other", session: "s2", acting_for: "alice" };
      await add(decision(1), decision(2, odd, { effect: "deny", reasons: [{ code: "NOT_YOURS" }] }), decision(3));
      const queries: Partial<DecisionQuery>[] = [
        ...[{ effect: "deny" }, { tool: "mail/send" }, { subject: "other" }, { session: "s2" }],
        ...[{ person: "alice" }, { code: "NOT_YOURS" }, { text: "MAIL" }, { text: "not_y" }, { text: "D_2" }],
        { since: "2026-11-25T13:00:02.000Z", until: "2026-11-25T13:00:03.000Z" },
      ];
      for (const query of queries) expect([query, await found(query)]).toEqual([query, [2]]);
      expect([await found({ code: "NOT" }), await found({ person: "bob" })]).toEqual([[], []]);
    });

    it("finds by every field, those of the outcome among them, and counts the same", async () => {
      const odd = { acting_for: "ann", task: "t", route: "crm", trace_id: "0a", method: "GET", action: "ping" };
      const more = { protocol: "http", labels: { instance: "gw-2" }, rules: ["a/b"], approval_id: null };
      await add(decision(1), decision(2, { ...odd, ...more, bundles: { sallyport: { revision: "r2" } } }), decision(3));
      await add({ ...outcome(2), outcome: "held", status: 202, approval_id: "a_1" }, outcome(3));
      const queries: Partial<DecisionQuery>[] = [
        ...[{ person: "ann" }, { task: "t" }, { route: "crm" }, { trace: "0a" }, { method: "GET" }, { action: "ping" }],
        ...[{ protocol: "http" }, { instance: "gw-2" }, { rule: "a/b" }, { revision: "r2" }, { outcome: "held" }],
        ...[{ status: "202" }, { approval: "a_1" }],
      ];
      for (const query of queries) {
        expect([query, await found(query)]).toEqual([query, [2]]);
        expect([query, (await index.count(query, ["outcome"])).groups]).toEqual([
          query,
          [{ values: ["held"], decisions: 1 }],
        ]);
      }
      expect(await found({ rule: "a" })).toEqual([]);
    });

    it("finds the calls of one session among those of the same name, and those that do not say whose they are", async () => {
      const of = (issuer: string, trust: string): JsonObject => ({
        input: { subject: { properties: { issuer } }, context: { session: { trust } } },
      });
      await add(decision(1, of("a", "token")), decision(2, of("b", "token")), decision(3, of("a", "self")));
      await add(decision(4, { input: null }), decision(5, { ...of("a", "token"), session: "s2" }));
      expect(await found({ session: "s1", subject: "bot", issuer: "a", trust: "token" })).toEqual([4, 1]);
    });

    it("finds calls by names that are spelt otherwise or look alike", async () => {
      const properties = { client_id: "App-1", proof: { key: "thumb" }, actor_chain: ["router", "Ännchen"] };
      await add(
        decision(1, { subject: "Bot", acting_for: "ann@shop.example", input: { subject: { properties } } }),
        decision(2, { subject: "other", tool: "crm/else", session: "s2" }),
      );
      for (const [kind, ...names] of [
        ["subject", "BOT", "B\u043et", "ANN@shop.example", "\u0430nn@shop.example", "änNchen"],
        ["client", "app-1"],
        ["key", "THUMB"],
        ["session", "S1"],
        ["tool", "CRM/find"],
      ] as const)
        for (const name of names) expect([name, await found({ like: { kind, name } })]).toEqual([name, [1]]);
      for (const name of ["ann", "null"]) expect(await found({ like: { kind: "subject", name } })).toEqual([]);
    });

    it("finds the calls of a client, of a key, through an actor and of a task", async () => {
      const who = (properties: JsonObject, task: string | null = null): JsonObject => ({
        input: { subject: { properties } },
        task,
      });
      await add(
        decision(1, who({ client_id: "cli", proof: { key: "thumb" } })),
        decision(2, who({ actor_chain: ["router", "bot"] }, "t_1")),
        decision(3, who({ client_id: "other", actor_chain: [] })),
      );
      const by = [{ client: "cli" }, { key: "thumb" }, { actor: "router" }, { task: "t_1" }, { client: "nobody" }];
      expect(await Promise.all(by.map(found))).toEqual([[1], [1], [2], [2], []]);
    });

    it("gives the newest first, page by page", async () => {
      await add(...[1, 2, 3, 4, 5].map((seq) => decision(seq)));
      const first = await index.search({ limit: 2 });
      const second = await index.search({ limit: 2, after: first.next ?? "" });
      const last = await index.search({ limit: 2, after: second.next ?? "" });
      expect([first, second, last].map(({ rows }) => rows.map(({ seq }) => seq))).toEqual([[5, 4], [3, 2], [1]]);
      expect(last.next).toBeNull();
    });

    it("ends a page of records early where they are long, and goes on behind it", async () => {
      const long = { arguments: "x".repeat(1_500_000) };
      const longer = decision(8, { arguments: "x".repeat(5_000_000) });
      await add(...[1, 2, 3, 4, 5, 6, 7].map((seq) => decision(seq, long)), longer);
      const pages: number[][] = [];
      for (let after: string | null | undefined; after !== null;) {
        const { items, next } = await index.records({ limit: 50, ...(after && { after }) });
        pages.push(items.map(({ decision: { seq } }) => Number(seq)));
        after = next;
      }
      expect(pages).toEqual([[8], [7, 6], [5, 4], [3, 2], [1]]);
      expect(await found({})).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    });

    it("keeps the first of two decisions with one id", async () => {
      await add(decision(1));
      await add(decision(1, { tool: "mail/send" }));
      expect(await index.get("d_1")).toMatchObject({ decision: { tool: "crm/find" } });
    });

    it("forgets everything when it is cleared, how far it came included", async () => {
      await add(decision(1));
      await index.clear();
      expect([await found({}), await index.position("one")]).toEqual([[], { bytes: 0, file: "" }]);
    });
  });
}
