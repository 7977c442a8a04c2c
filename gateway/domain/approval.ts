/** Approvals: binding, state transitions, quorum and grants. Pure functions. */
export * from "./approval/approval.ts";
export * from "./approval/fact.ts";
export * from "./approval/grant.ts";
export * from "./approval/quorum.ts";
export * from "./approval/transitions.ts";
