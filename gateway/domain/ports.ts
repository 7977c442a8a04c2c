/**
 * Interfaces between rooms that do not import each other. compose/ passes the implementation of one room to the room
 * that needs it.
 */
export * from "./ports/approvals.ts";
export * from "./ports/attention.ts";
export * from "./ports/authorization.ts";
export * from "./ports/call-state.ts";
export * from "./ports/channels.ts";
export * from "./ports/connected-accounts.ts";
export * from "./ports/credentials.ts";
export * from "./ports/decisions.ts";
export * from "./ports/endings.ts";
export * from "./ports/inner-upstreams.ts";
export * from "./ports/leases.ts";
export * from "./ports/limits.ts";
export * from "./ports/memory.ts";
export * from "./ports/offer.ts";
export * from "./ports/outside-signals.ts";
export * from "./ports/people.ts";
export * from "./ports/policy-changes.ts";
export * from "./ports/policy-engine.ts";
export * from "./ports/policy-history.ts";
export * from "./ports/policy.ts";
export * from "./ports/provenance.ts";
export * from "./ports/risk.ts";
export * from "./ports/sessions.ts";
export * from "./ports/shadow.ts";
export * from "./ports/shared-memory.ts";
export * from "./ports/signals.ts";
export * from "./ports/system.ts";
export * from "./ports/tasks.ts";
