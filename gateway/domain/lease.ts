/** Tasks as leases: what they give access to, when a part is narrower, what a call within one costs. Pure functions. */
export * from "./lease/change.ts";
export * from "./lease/fact.ts";
export * from "./lease/lease.ts";
export * from "./lease/narrower.ts";
export * from "./lease/opener.ts";
export * from "./lease/price.ts";
export * from "./lease/targets.ts";
export * from "./lease/tools.ts";
export * from "./lease/view.ts";
