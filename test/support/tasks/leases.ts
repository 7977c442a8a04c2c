/** Tasks for unit tests: whole and valid, changed where a test says so. */
import type { TaskFact } from "../../../gateway/domain/facts.ts";
import type { EndNotice } from "../../../gateway/domain/ports.ts";
import type { Lease, LeaseInUse, LeaseLimits } from "../../../gateway/domain/lease.ts";

export function taskFact(changes: Partial<TaskFact> = {}): TaskFact {
  return {
    id: "t_1",
    purpose: "refund order 881",
    tools: ["payments/*"],
    targets: null,
    serves: null,
    parent: null,
    within: [],
    state: "open",
    expires_in: 1_200,
    calls_left: null,
    concurrent_left: null,
    spend: [],
    outside: [],
    ...changes,
  };
}

export function lease(changes: Partial<Lease> = {}): Lease {
  return {
    id: "t_1",
    purpose: "refund order 881",
    text: null,
    tools: ["payments/*"],
    targets: null,
    serves: null,
    users: [{ issuer: "https://idp.example", subject: "refund-bot", client: null }],
    opener: { kind: "client", issuer: "https://idp.example", id: "orchestrator", client: "orchestrator" },
    limits: leaseLimits(),
    parent: null,
    opened: Date.UTC(2026, 10, 24, 12),
    end: null,
    ...changes,
  };
}

/** Servers and issuers that tasks may name. */
export const knownNames = {
  servers: new Set(["payments", "crm"]),
  issuers: new Set(["https://idp.example"]),
};

export function leaseLimits(changes: Partial<LeaseLimits> = {}): LeaseLimits {
  return { calls: null, concurrent: null, spend: {}, until: Date.UTC(2026, 10, 24, 13), ...changes };
}

export function inUse(changes: Partial<Lease> = {}, use: Partial<LeaseInUse["use"]> = {}): LeaseInUse {
  return { lease: lease(changes), use: { calls: 0, concurrent: 0, spent: new Map(), ...use } };
}

/** The notice that a task has ended. */
export function endNotice(id: string): EndNotice {
  const target = { kind: "task", issuer: null, target: id } as const;
  const by = { kind: "task", id, reason: "done" } as const;
  return { id: `n_${id}`, process: "p_1", target, by, asks: false, at: 0 };
}
