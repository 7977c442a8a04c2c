import type { AgentsGateway } from "../../../compose/serve-agents.ts";
import { accountId, localIssuer } from "../../../domain/account.ts";
import type { Approval } from "../../../domain/approval.ts";
import { Refusal } from "../../../domain/errors.ts";
import type { Approver } from "../../../domain/ports.ts";

/** The people of a replay: as many as an approval needs, each with the roles that it needs. */
export interface Oracle {
  /** Votes until the item is decided. Resolves with null, or with the code of the refusal that kept it open. */
  decide(approvalId: string, approves: boolean): Promise<string | null>;
}

/** Votes go through the approval service, with accounts that are in the gateway's store. */
export function oracleOf({ gateway }: AgentsGateway): Oracle {
  const { approvals, people, clock } = gateway;
  const roles = new Set<string>();

  async function person(number: number): Promise<Approver> {
    const name = `replayed-person-${number}`;
    const known = { name, roles: [...roles], teams: [], also: [] };
    const id = accountId(localIssuer, name);
    await people.accounts.put({ ...known, id, password: null, created_at: clock.now(), provider: null });
    return { ...known, id, method: "reauthenticated", evidence: null };
  }

  async function vote(held: Approval, number: number, approves: boolean): Promise<Approval> {
    return approvals.service.vote(held.id, held.action_digest, await person(number), {
      vote: approves ? "approve" : "deny",
      reason: "what the recorded session says",
    });
  }

  return {
    async decide(approvalId, approves) {
      let held = await approvals.service.get(approvalId);
      const needed = held?.requirement.require ?? [];
      for (const { role } of needed) roles.add(role);
      const most = needed.reduce((sum, { count }) => sum + count, 0);
      try {
        for (let number = 1; number <= most && held?.state === "held"; number += 1)
          held = await vote(held, number, approves);
        return held?.state === "held" ? "approval_open" : null;
      } catch (thrown) {
        if (thrown instanceof Refusal) return thrown.code;
        throw thrown;
      }
    },
  };
}
