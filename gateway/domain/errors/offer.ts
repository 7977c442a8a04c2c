/** Of what the gateway itself offers: tools of its own, and the list of servers. */
export const offerErrors = {
  tool_arguments_invalid: { status: 400, sentence: "The arguments do not fit the tool." },
  registry_query_invalid: { status: 400, sentence: "The list of servers cannot be asked for this." },
} as const;
