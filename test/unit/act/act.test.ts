import { type ActDeps, createAct } from "../../../gateway/act/act.ts";
import { RequestIds } from "../../../gateway/act/forward/request-ids.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { KeptResults } from "../../../gateway/act/kept/kept-results.ts";
import { outcome } from "../../../gateway/domain/decision-record.ts";
import { saidTaskText } from "../../../gateway/domain/task-text.ts";
import type { McpMessage } from "../../../gateway/domain/tool-call.ts";
import { decision, evaluated, facts, TestClock, toolCall } from "../../support/builders.ts";
import { noLimits } from "../../support/limits.ts";

const grant = {
  ...facts().approval,
  status: "approved",
  id: "g_1",
  scope: "uses",
  grant: { uses: 3, seconds: 60 },
} as const;

/** An allowed call that a grant covers, under an Idempotency-Key. */
const keyed = evaluated({
  call: toolCall({ idempotencyKey: "k" }),
  facts: facts({ approval: grant }),
  decision: decision({ effect: "allow", obligations: [] }),
});

function world() {
  const ended: string[] = [];
  const said: string[] = [];
  const nothing = (): void => undefined;
  const deps = {
    holds: { consume: () => Promise.resolve(true), endKey: async ({ key }: { key: string }) => void ended.push(key) },
    sessions: { observe: nothing },
    results: { beforeSent: () => null },
    provenance: { notSent: async () => void said.push("not sent") },
    definitions: { mirrored: () => null, outputSchema: () => null },
    answers: { ids: { assertFree: nothing } },
    cancellations: { observe: nothing },
    kept: { isEmpty: true, has: () => false, expect: () => nothing },
    clock: { now: () => 0, monotonic: () => 0 },
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    credentials: { has: () => false },
    limits: noLimits,
  } as unknown as ActDeps;
  const res = { writableEnded: true };
  const exchange = { req: { rawHeaders: [] }, res, connection: { aborted: false }, context: { decisionId: "d" } };
  return { deps, ended, said, exchange: exchange as never };
}

test.each<[string, () => Promise<never>]>([
  [
    "throws at once",
    () => {
      throw new Refusal("tasks_exhausted");
    },
  ],
  ["rejects", () => Promise.reject(new Refusal("upstream_unreachable"))],
])("frees the Idempotency-Key of a granted call whose sending %s", async (_how, send) => {
  const { deps, ended, exchange } = world();
  const { kind } = await createAct(deps, send)(exchange, keyed, null);
  expect(kind).toBe("refused");
  expect(ended).toEqual(["k"]);
});

test("lets nobody find an approval used and no execution of it, though using it up takes a while", async () => {
  const { deps, exchange } = world();
  const kept = new KeptResults(new TestClock());
  const consumed = Promise.withResolvers<boolean>();
  const approval = { ...facts().approval, status: "approved", id: "a_1" } as const;
  const call = evaluated({
    call: toolCall({}),
    facts: facts({ approval }),
    decision: decision({ effect: "allow", obligations: [] }),
  });
  const holds = { consume: () => consumed.promise } as unknown as ActDeps["holds"];
  const running = (): boolean => kept.has("a_1");
  const found: boolean[] = [];
  const send = () => {
    found.push(running());
    return Promise.resolve(outcome({ kind: "forwarded" }));
  };
  const acting = createAct({ ...deps, holds, kept }, send)(exchange, call, null);
  await new Promise(setImmediate);
  found.push(running());
  consumed.resolve(true);
  expect((await acting).kind).toBe("forwarded");
  expect([...found, running()]).toEqual([true, true, false]);
});

test("ends an approval that was used up for a call that could not be sent, because the store failed before", async () => {
  const { deps, exchange } = world();
  const approval = { ...facts().approval, status: "approved", id: "a_1" } as const;
  const call = evaluated({ facts: facts({ approval }), decision: decision({ effect: "allow", obligations: [] }) });
  const finished: unknown[] = [];
  const finish = async (...ending: unknown[]) => void finished.push(ending.slice(0, 3));
  const holds = { consume: () => Promise.resolve(true), finish } as unknown as ActDeps["holds"];
  const results = {
    beforeSent: () => Promise.reject(new Refusal("store_unavailable")),
  } as unknown as ActDeps["results"];
  const send = () => Promise.reject(new Error("sent"));
  expect(await createAct({ ...deps, holds, results }, send)(exchange, call, null)).toMatchObject({
    code: "store_unavailable",
  });
  expect(finished).toEqual([["a_1", "failed", "used up and never sent: store_unavailable"]]);
});

test("leaves no execution behind of a call that was too late to use the approval", async () => {
  const { deps, exchange } = world();
  const kept = new KeptResults(new TestClock());
  const approval = { ...facts().approval, status: "approved", id: "a_1" } as const;
  const call = evaluated({ facts: facts({ approval }), decision: decision({ effect: "allow", obligations: [] }) });
  const holds = {
    consume: () => Promise.resolve(false),
    get: () => Promise.resolve(null),
  } as unknown as ActDeps["holds"];
  const send = () => Promise.reject(new Error("sent"));
  expect(await createAct({ ...deps, holds, kept }, send)(exchange, call, null)).toMatchObject({
    code: "approval_consumed",
  });
  expect(kept.has("a_1")).toBe(false);
});

const inSession = (kind: "request" | "response") =>
  ({ era: "legacy", version: "2025-11-25", kind, id: 7, transportSession: "s1" }) as unknown as McpMessage;

test("uses no approval up for a request whose id another one has that is not answered", async () => {
  const { deps, exchange } = world();
  const approval = { ...facts().approval, status: "approved", id: "a_1" } as const;
  const call = evaluated({
    call: toolCall({ mcp: inSession("request") }),
    facts: facts({ approval }),
    decision: decision({ effect: "allow", obligations: [] }),
  });
  const ids = new RequestIds(new TestClock());
  void ids.during(call, false, () => new Promise(() => undefined));
  let used = 0;
  const holds = { consume: async () => (used += 1) > 0, finish: async () => undefined } as unknown as ActDeps["holds"];
  const send = () => Promise.resolve(outcome({ kind: "forwarded" }));
  const acted = await createAct({ ...deps, holds, answers: { ids } }, send)(exchange, call, null);
  expect([acted.kind, acted.code, used]).toEqual(["refused", "rpc_invalid", 0]);
});

test("asks no people about an answer to a tool server, which is told that none comes", async () => {
  const { deps, exchange } = world();
  const told: string[] = [];
  let holding = 0;
  const refuse = ({ code }: Refusal): void => void told.push(code);
  const serverRequests = { passed: { take: () => ({ method: "elicitation/create", refuse }) } };
  const cancellations = { observe() {}, during: async () => ((holding += 1), outcome({ kind: "held" })) };
  const call = evaluated({ call: toolCall({ mcp: inSession("response") }), decision: decision({ effect: "hold" }) });
  const changed = { ...deps, serverRequests, cancellations } as unknown as ActDeps;
  const acted = await createAct(changed, () => Promise.reject(new Error("sent")))(exchange, call, null);
  expect([acted.kind, acted.code, told, holding]).toEqual([
    "refused",
    "server_request_held",
    ["server_request_held"],
    0,
  ]);
});

describe("what a call says that policy does not allow", () => {
  type Effect = "allow" | "hold" | "deny";

  async function acts(effect: Effect, readsProvenance: boolean, changes: Partial<ActDeps> = {}) {
    const { deps, said, exchange } = world();
    const visibility = { ofCall: () => true } as unknown as ActDeps["visibility"];
    const during = () => Promise.resolve(outcome({ kind: "held" }));
    const cancellations = { ...deps.cancellations, during } as unknown as ActDeps["cancellations"];
    const known = facts();
    const call = evaluated({
      facts: { ...known, policy: { ...known.policy, readsProvenance } },
      decision: decision({ effect }),
    });
    const send = () => Promise.resolve(outcome({ kind: "forwarded" }));
    const { kind, code } = await createAct({ ...deps, visibility, cancellations, ...changes }, send)(
      exchange,
      call,
      null,
    );
    return { came: `${kind} ${code}`, said: said.length };
  }

  test("is remembered where a rule asks where values come from, and by this way no call of the allowed", async () => {
    const said: string[] = [];
    for (const effect of ["allow", "hold", "deny"] as const)
      for (const reads of [true, false]) said.push(`${effect} ${reads} ${(await acts(effect, reads)).said}`);
    expect(said).toEqual([
      ...["allow true 0", "allow false 0", "hold true 1", "hold false 0", "deny true 1", "deny false 0"],
    ]);
  });

  test.each(["hold", "deny"] as const)(
    "changes nothing of what becomes of it when it cannot be kept: %s",
    async (effect) => {
      const errors: string[] = [];
      const { logger } = world().deps;
      const failing: Partial<ActDeps> = {
        provenance: { notSent: () => Promise.reject(new Error("disk full")) },
        logger: { ...logger, error: (message) => void errors.push(message) },
      };
      expect((await acts(effect, true, failing)).came).toBe((await acts(effect, true)).came);
      expect(errors).toEqual(["what a call says was not noted"]);
    },
  );
});

describe("what a call adds to the text of its task", () => {
  const said = saidTaskText("Pay ann@shop.example");

  function adding(extend: ActDeps["taskTexts"]["extend"]) {
    const { deps, exchange } = world();
    const visibility = { ofCall: () => true } as unknown as ActDeps["visibility"];
    const sent: string[] = [];
    const send = async () => {
      sent.push("sent");
      return outcome({ kind: "forwarded" });
    };
    const act = createAct({ ...deps, visibility, taskTexts: { extend } }, send);
    const arrival = { ...(exchange as object), taskText: said } as never;
    return {
      sent,
      act: (effect: "allow" | "deny") => act(arrival, evaluated({ decision: decision({ effect }) }), null),
    };
  }

  it.each(["allow", "deny"] as const)(
    "is kept under its session, in its client's share, when policy says %s",
    async (effect) => {
      const added: unknown[] = [];
      const { act } = adding(async (one) => {
        added.push(one);
        return { kept: one.text, texts: [one.text], expires: 0 };
      });
      await act(effect);
      expect(added).toEqual([
        { key: '["token","https://idp.example","s1"]', by: '["https://idp.example","refund-bot"]', text: said?.text },
      ]);
    },
  );

  it("is durable before the call is sent, which is refused when it cannot be", async () => {
    const { act, sent } = adding(() => Promise.reject(new Error("disk full")));
    expect(await act("allow")).toMatchObject({ kind: "refused", code: "internal" });
    expect(sent).toEqual([]);
  });
});

test.each([
  ["allow", () => Promise.resolve(outcome({ kind: "forwarded" })), "forwarded"],
  ["allow", () => Promise.reject(new Refusal("upstream_unreachable")), "refused"],
] as const)("notes in the session what came of a call once it has ended: %s, %#", async (effect, send, kind) => {
  const { deps, exchange } = world();
  const noted: string[] = [];
  const sessions = { observe: () => ({ noted: null, ended: (came: string) => void noted.push(came) }) };
  const call = evaluated({ decision: decision({ effect }) });
  const sent = Promise.withResolvers<void>();
  const acting = createAct({ ...deps, sessions } as unknown as ActDeps, () => sent.promise.then(send))(
    exchange,
    call,
    null,
  );
  await new Promise(setImmediate);
  expect(noted).toEqual([]);
  sent.resolve();
  await acting;
  expect(noted).toEqual([kind]);
});

test.each([
  [
    "a call that was sent",
    () => Promise.resolve(outcome({ kind: "forwarded", forwardedDigest: "sha256:1" })),
    "forwarded",
  ],
  ["one that did not leave", () => Promise.resolve(outcome({ kind: "failed" })), "failed"],
  ["one of which nobody knows", () => Promise.reject(new Error("the disk is full")), "unknown"],
])("ends what it took from limits with %s", async (_what, send, kind) => {
  const { deps, exchange } = world();
  const ended: unknown[] = [];
  const taken = { isUnderWay: false, leave: () => undefined };
  const end = (result: { kind: string } | null): void => void ended.push(result?.kind);
  const limits = { take: () => ({ ...taken, ended: end }) };
  const call = evaluated({ decision: decision({ effect: "allow" }) });
  await createAct({ ...deps, limits }, send)(exchange, call, null);
  expect(ended).toEqual([kind]);
});

test("the log says once of answers that were withheld why they could not be read", async () => {
  const { deps, exchange } = world();
  const warn: unknown[] = [];
  const logger = { ...deps.logger, warn: (...said: unknown[]) => void warn.push(said) };
  const code = "result_unreadable";
  const detail = "json_text_refused: a byte order mark at byte 0";
  const send = () => Promise.resolve(outcome({ kind: "withheld", code, detail }));
  const act = createAct({ ...deps, logger }, send);
  await act(exchange, keyed, null);
  await act(exchange, keyed, null);
  const message = "an answer was withheld: the gateway has to read it and cannot";
  expect(warn).toEqual([[message, { decision_id: keyed.decisionId, route: keyed.call.route.id, code, detail }]]);
});
