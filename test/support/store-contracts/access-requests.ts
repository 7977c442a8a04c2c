import type { AccessRequest, AccessRequestStore } from "../../../gateway/domain/ports.ts";
import type { Shared } from "./shared.ts";

const pep = { issuer: "https://id.example", id: "envoy" };
const callback = { endpoint: "https://pep.example/done", state: { n: 1 }, events: ["approved"] };

function request(denial: string, changes: Partial<AccessRequest> = {}): AccessRequest {
  const rest = { idempotencyKey: null, callback: null, evaluation: "d_1", body: "digest", created: 1_000 };
  return { denial, task: "a_1", pep, ...rest, ...changes };
}

/** What every store of access requests promises. */
export function describeAccessRequestStore(make: () => Promise<Shared<AccessRequestStore>>): void {
  describe("access requests", () => {
    let shared: Shared<AccessRequestStore>;
    let store: AccessRequestStore;
    beforeEach(async () => {
      shared = await make();
      store = shared.store;
    });
    afterEach(() => shared.close());

    it("are found by the denial that they answer, by their caller's key and by their task, as they were stored", async () => {
      const whole = request("n_1", { idempotencyKey: "k", callback });
      await store.insert(whole);
      expect(await store.byDenial("n_1")).toEqual(whole);
      expect(await store.byKey(pep, "k")).toEqual(whole);
      expect(await store.ofTask("a_1")).toEqual([whole]);
      expect([await store.byDenial("n_2"), await store.byKey(pep, "other"), await store.ofTask("a_2")]).toEqual([
        null,
        null,
        [],
      ]);
    });

    it("have keys of their own for each caller", async () => {
      await store.insert(request("n_1", { idempotencyKey: "k" }));
      const others = [
        { ...pep, id: "other" },
        { ...pep, issuer: "https://other.example" },
      ];
      for (const other of others) expect(await store.byKey(other, "k")).toBeNull();
      expect(await store.insert(request("n_2", { idempotencyKey: "k", pep: others[0]! }))).toBe(true);
    });

    it("are one for each denial and one for each key; without a key there may be many", async () => {
      expect(await store.insert(request("n_1", { idempotencyKey: "k" }))).toBe(true);
      expect(await store.insert(request("n_1", { idempotencyKey: "other" }))).toBe(false);
      expect(await store.insert(request("n_2", { idempotencyKey: "k" }))).toBe(false);
      expect([await store.insert(request("n_3")), await store.insert(request("n_4"))]).toEqual([true, true]);
    });

    it("are taken from one of two processes that are asked at once", async () => {
      const other = await shared.again();
      const taken = await Promise.all([
        store.insert(request("n_1", { idempotencyKey: "k" })),
        other.store.insert(request("n_2", { idempotencyKey: "k" })),
      ]);
      expect(taken.toSorted()).toEqual([false, true]);
      await other.close();
    });

    it("of one task are listed from the oldest", async () => {
      for (const [denial, created] of [
        ["n_1", 2],
        ["n_2", 1],
        ["n_3", 2],
      ] as const)
        await store.insert(request(denial, { created }));
      expect((await store.ofTask("a_1")).map(({ denial }) => denial)).toEqual(["n_2", "n_1", "n_3"]);
    });

    it("hand out each callback of a task once, whichever process asks", async () => {
      const other = await shared.again();
      await store.insert(request("n_1", { callback }));
      await store.insert(request("n_2"));
      await store.insert(request("n_3", { callback, task: "a_2" }));
      const taken = await Promise.all([store.takeCallbacks("a_1", 5), other.store.takeCallbacks("a_1", 5)]);
      expect(taken.flat().map(({ denial }) => denial)).toEqual(["n_1"]);
      expect(await store.takeCallbacks("a_1", 6)).toEqual([]);
      expect(await store.takeCallbacks("a_2", 6)).toMatchObject([{ denial: "n_3", callback }]);
      await other.close();
    });

    it("are forgotten when they are older than what is kept", async () => {
      await store.insert(request("n_1", { created: 999 }));
      await store.insert(request("n_2"));
      await store.prune(1_000);
      expect((await store.ofTask("a_1")).map(({ denial }) => denial)).toEqual(["n_2"]);
    });
  });
}
