/** Indeterminate decisions: the policy gave no usable answer, so the call is denied. Each cause has its own code. */
export const policyErrors = {
  policy_not_loaded: { status: 503, sentence: "No policy is active; nothing was executed. Try again later." },
  policy_undefined: { status: 503, sentence: "The policy gave no answer; the call was not executed." },
  policy_many_results: { status: 503, sentence: "The policy gave more than one answer; the call was not executed." },
  policy_shape: { status: 503, sentence: "The policy gave an answer of the wrong shape; the call was not executed." },
  policy_effect_unknown: {
    status: 503,
    sentence: "The policy answered with an effect this gateway does not know; the call was not executed.",
  },
  policy_obligation_unknown: {
    status: 503,
    sentence: "The policy asked for an obligation this gateway does not know; the call was not executed.",
  },
  policy_conflict: { status: 503, sentence: "The policy contradicts itself; the call was not executed." },
  policy_threw: { status: 503, sentence: "The policy failed while judging the call; it was not executed." },
  policy_out_of_fuel: {
    status: 503,
    sentence: "The policy ran out of its budget while judging the call; it was not executed.",
  },
  policy_out_of_memory: {
    status: 503,
    sentence: "The policy ran out of memory while judging the call; it was not executed.",
  },
  policy_input_too_large: { status: 413, sentence: "What the policy has to read is larger than this gateway allows." },
  policy_denied: { status: 403, sentence: "The policy does not allow this call." },
  obligation_failed: {
    status: 403,
    sentence: "A condition of the permission could not be met; the call was not executed.",
  },
  limit_exceeded: { status: 429, sentence: "Too many calls in this window; wait and try again." },
} as const;

/** Faults of the rules themselves: the same call gets the same answer until the policy is repaired. */
export const policyFaults: ReadonlySet<string> = new Set<keyof typeof policyErrors>([
  "policy_undefined",
  "policy_many_results",
  "policy_shape",
  "policy_effect_unknown",
  "policy_obligation_unknown",
  "policy_conflict",
  "policy_threw",
  "policy_out_of_fuel",
  "policy_out_of_memory",
]);
