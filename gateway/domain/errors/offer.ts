/** Calls of tools that the gateway itself offers. */
export const offerErrors = {
  tool_arguments_invalid: { status: 400, sentence: "The arguments do not fit the tool." },
} as const;
