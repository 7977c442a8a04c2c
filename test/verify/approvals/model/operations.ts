import { reportInterrupted } from "../../../../gateway/approvals/expiry.ts";
import { endHeld } from "../../../../gateway/approvals/end-held.ts";
import type { Approval } from "../../../../gateway/domain/approval.ts";
import { Refusal } from "../../../../gateway/domain/errors.ts";
import type { HoldRequest } from "../../../../gateway/domain/ports.ts";
import { approver, holdRequest, type testApprovals } from "../../../support/approvals/test-approvals.ts";
import { binding, requirement, subject, type TestClock, toolCall } from "../../../support/builders.ts";

export type TestOffice = ReturnType<typeof testApprovals>;

/** One call of one agent, and what there is of it already. */
export interface Stage {
  readonly agent: string;
  readonly request: HoldRequest;
  readonly item: Approval | null;
  readonly grant: string | null;
  readonly clock: TestClock;
}

const widest = { kind: "uses", uses: 2, seconds: 3_600, same: "arguments" } as const;
const places = (count: number) => [{ role: "payments-approver", count }];
const minute = { approve_within: 60, execute_within: 60, scope: widest };

export const scenes = ["nothing", "held", "half voted", "approved", "granted", "released"] as const;
export type Scene = (typeof scenes)[number];

/** Everything up to the moment at which two processes do something at once. */
export async function setUp(approvals: TestOffice, scene: Scene, agent: string, clock: TestClock): Promise<Stage> {
  const bound = binding(toolCall({ arguments: { agent } }), subject({ id: agent }));
  const count = scene === "half voted" ? 2 : 1;
  const request = holdRequest({ binding: bound, requirement: { ...requirement, ...minute, require: places(count) } });
  const stage = { agent, request, clock };
  if (scene === "nothing") return { ...stage, item: null, grant: null };
  const item = await approvals.holds.open(request);
  if (scene !== "held") await vote(approvals, item, "first", scene === "granted");
  if (scene === "released" || scene === "granted") await approvals.holds.consume(item.id);
  if (scene === "granted") await approvals.holds.finish(item.id, "delivered", "status 200");
  const [grant] = await approvals.grants.live(bound.subject.issuer, agent, clock.now());
  return { ...stage, item, grant: grant?.id ?? null };
}

async function vote({ service }: TestOffice, item: Approval, who: string, grant = false): Promise<string> {
  const ballot = { vote: "approve", reason: null, ...(grant ? { grant: widest } : {}) } as const;
  return (await service.vote(item.id, item.action_digest, { ...approver, id: who, name: who }, ballot)).state;
}

/** What a process may be asked to do; null when this scene has nothing to do it to. */
type Operation = (approvals: TestOffice, stage: Stage) => Promise<string | null>;

export const operations = {
  open: async ({ holds }, { request }) => (await holds.open(request)).id,
  "open with more asked": async ({ holds }, { request, item }) =>
    item &&
    (
      await holds.open({
        ...request,
        requirement: { ...request.requirement, require: places(3) },
        replaces: { id: item.id, changes: [{ what: "policy", before: null, after: null }] },
      })
    ).id,
  approve: async (approvals, { item }) => item && (await vote(approvals, item, "second")),
  "approve with a grant": async (approvals, { item }) => item && (await vote(approvals, item, "third", true)),
  "approve as the first": async (approvals, { item }) => item && (await vote(approvals, item, "first")),
  deny: async ({ service }, { item }) =>
    item &&
    (
      await service.vote(
        item.id,
        item.action_digest,
        { ...approver, id: "fourth", name: "fourth" },
        { vote: "deny", reason: "no" },
      )
    ).state,
  consume: async ({ holds }, { item }) => item && String(await holds.consume(item.id)),
  "use the grant": async ({ holds }, { grant }) => grant && String(await holds.consume(grant)),
  "revoke the grant": async ({ grantService }, { grant }) =>
    grant && String((await grantService.revoke(grant, "somebody", null)).id),
  withdraw: async ({ holds }, { item }) => item && String(await holds.withdraw(item.id, "changed its mind")),
  "revoke the agent": async ({ approvals }, { agent }) => {
    await endHeld(approvals, ({ subject }) => subject === agent, { kind: "subject", id: "k", reason: "x" });
    return "done";
  },
  "time runs out": async ({ holds }, { item, clock }) => {
    clock.advance(61_000);
    return item && String((await holds.get(item.id))?.state);
  },
  finish: async ({ holds }, { item }) => {
    if (item !== null) await holds.finish(item.id, "delivered", "status 200");
    return item && "done";
  },
  "take the other for dead": async ({ approvals }) => {
    await (
      await reportInterrupted(approvals, () => undefined, [])
    )();
    return "done";
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;

/** @returns what it came to: a result, or the code of a refusal. @throws whatever is no refusal */
export async function perform(name: OperationName, approvals: TestOffice, stage: Stage): Promise<string | null> {
  try {
    return await operations[name](approvals, stage);
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.code !== "holds_unavailable") return thrown.code;
    throw thrown;
  }
}
