import { type ActDeps, createAct } from "../../../gateway/act/act.ts";
import type { Decision } from "../../../gateway/domain/decision.ts";
import { SharedCall } from "../../../gateway/gather/shared-call.ts";
import { StoreUnavailable } from "../../../gateway/store/postgres/failures.ts";
import { decision, evaluated } from "../../support/builders.ts";

/** What a call with this effect comes to while the store is gone, and what was tried at the store. */
async function acts(effect: Decision["effect"]) {
  const tried: string[] = [];
  const logged: string[] = [];
  const fails = (what: string) => (tried.push(what), Promise.reject(new StoreUnavailable("timeout")));
  const added = { key: "s1", decisionId: "d", labels: [], outcome: effect === "deny" ? "refused" : null } as const;
  const store = { add: () => fails("add"), update: () => fails("update") };
  const observe = () => new SharedCall(store, { ...added, most: 50, idleMs: 1, call: {} as never });
  const visibility = { ofCall: () => true };
  const logger = { error: (text: string) => void logged.push(text), warn: () => undefined };
  const deps = { sessions: { observe }, clock: { now: () => 0 }, logger, visibility } as unknown as ActDeps;
  const exchange = { res: { writableEnded: true }, context: { decisionId: "d", rpc: null } };
  const send = () => Promise.reject(new Error("sent"));
  const { kind, code } = await createAct(deps, send)(
    exchange as never,
    evaluated({ decision: decision({ effect }) }),
    null,
  );
  return { came: `${kind} ${code}`, tried, logged: logged.length };
}

test("an allowed call that the history cannot have is refused after one try", async () => {
  expect(await acts("allow")).toEqual({ came: "refused store_unavailable", tried: ["add"], logged: 0 });
});

test("a denied call that the history cannot have is told what policy said, and a line of the log says so", async () => {
  expect(await acts("deny")).toEqual({ came: "refused policy_denied", tried: ["add"], logged: 1 });
});
