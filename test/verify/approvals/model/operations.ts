import { reportInterrupted } from "../../../../gateway/approvals/expiry.ts";
import { endHeldUnder } from "../../../../gateway/approvals/revoke.ts";
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
export function setUp(approvals: TestOffice, scene: Scene, agent: string, clock: TestClock): Stage {
  const bound = binding(toolCall({ arguments: { agent } }), subject({ id: agent }));
  const count = scene === "half voted" ? 2 : 1;
  const request = holdRequest({ binding: bound, requirement: { ...requirement, ...minute, require: places(count) } });
  const stage = { agent, request, clock };
  if (scene === "nothing") return { ...stage, item: null, grant: null };
  const item = approvals.holds.open(request);
  if (scene !== "held") vote(approvals, item, "first", scene === "granted");
  if (scene === "released" || scene === "granted") approvals.holds.consume(item.id);
  if (scene === "granted") approvals.holds.finish(item.id, "delivered", "status 200");
  const [grant] = approvals.grants.live(bound.subject.issuer, agent, clock.now());
  return { ...stage, item, grant: grant?.id ?? null };
}

function vote({ service }: TestOffice, item: Approval, who: string, grant = false): string {
  const ballot = { vote: "approve", reason: null, ...(grant ? { grant: widest } : {}) } as const;
  return service.vote(item.id, item.action_digest, { ...approver, id: who, name: who }, ballot).state;
}

/** What a process may be asked to do; null when this scene has nothing to do it to. */
type Operation = (approvals: TestOffice, stage: Stage) => string | null;

export const operations = {
  open: ({ holds }, { request }) => holds.open(request).id,
  "open with more asked": ({ holds }, { request, item }) =>
    item &&
    holds.open({
      ...request,
      requirement: { ...request.requirement, require: places(3) },
      replaces: { id: item.id, changes: [{ what: "policy", before: null, after: null }] },
    }).id,
  approve: (approvals, { item }) => item && vote(approvals, item, "second"),
  "approve with a grant": (approvals, { item }) => item && vote(approvals, item, "third", true),
  "approve as the first": (approvals, { item }) => item && vote(approvals, item, "first"),
  deny: ({ service }, { item }) =>
    item &&
    service.vote(
      item.id,
      item.action_digest,
      { ...approver, id: "fourth", name: "fourth" },
      { vote: "deny", reason: "no" },
    ).state,
  consume: ({ holds }, { item }) => item && String(holds.consume(item.id)),
  "use the grant": ({ holds }, { grant }) => grant && String(holds.consume(grant)),
  "revoke the grant": ({ grantService }, { grant }) => grant && String(grantService.revoke(grant, "somebody", null).id),
  withdraw: ({ holds }, { item }) => item && String(holds.withdraw(item.id, "changed its mind")),
  "revoke the agent": ({ approvals }, { agent }) => {
    const revocation = { id: "k", kind: "subject", issuer: null, target: agent, reason: "x", by: "y", at: 0 } as const;
    endHeldUnder(approvals, revocation);
    return "done";
  },
  "time runs out": ({ holds }, { item, clock }) => {
    clock.advance(61_000);
    return item && String(holds.get(item.id)?.state);
  },
  finish: ({ holds }, { item }) => {
    if (item !== null) holds.finish(item.id, "delivered", "status 200");
    return item && "done";
  },
  "take the other for dead": ({ approvals }) => {
    reportInterrupted(approvals, () => undefined, [])();
    return "done";
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof operations;

/** @returns what it came to: a result, or the code of a refusal. @throws whatever is no refusal */
export function perform(name: OperationName, approvals: TestOffice, stage: Stage): string | null {
  try {
    return operations[name](approvals, stage);
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.code !== "holds_unavailable") return thrown.code;
    throw thrown;
  }
}
