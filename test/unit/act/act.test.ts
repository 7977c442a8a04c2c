import { type ActDeps, createAct } from "../../../gateway/act/act.ts";
import { Refusal } from "../../../gateway/domain/errors.ts";
import { decision, evaluated, facts, toolCall } from "../../support/builders.ts";

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
  const nothing = (): void => undefined;
  const deps = {
    holds: { consume: () => true, endKey: ({ key }: { key: string }) => void ended.push(key) },
    sessions: { observe: nothing },
    definitions: { mirrored: () => null },
    cancellations: { observe: nothing },
    kept: { isEmpty: true, has: () => false },
    clock: { now: () => 0, monotonic: () => 0 },
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    credential: () => null,
    routeCredential: () => null,
  } as unknown as ActDeps;
  const res = { writableEnded: true };
  const exchange = { req: { rawHeaders: [] }, res, connection: { aborted: false }, context: { decisionId: "d" } };
  return { deps, ended, exchange: exchange as never };
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
