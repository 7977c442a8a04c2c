/** The tool server, or the connection to it, failed after the call was allowed. */
export const upstreamErrors = {
  upstream_unreachable: { status: 502, sentence: "The tool server could not be reached; the call was not executed." },
  upstream_address_refused: {
    status: 502,
    sentence: "The tool server's address is of a class this route does not allow.",
  },
  upstream_timeout: {
    status: 504,
    sentence: "The tool server did not answer in time; whether the call was executed is not known.",
  },
  upstream_broken: {
    status: 502,
    sentence: "The tool server's answer broke off; whether the call was executed is not known.",
  },
  upstream_too_large: { status: 502, sentence: "The tool server's answer is larger than this route allows." },
  upstream_answer_refused: {
    status: 502,
    sentence: "The tool server's answer could not be read safely and was withheld.",
  },
  upstream_answer_foreign: {
    status: 502,
    sentence: "The tool server sent an answer that belongs to no request on this stream; it was withheld.",
  },
  upstream_answer_missing: { status: 502, sentence: "The tool server ended its answer without answering the request." },
  upstream_list_malformed: {
    status: 502,
    sentence: "The tool server's list of tools does not have exactly the shape of one and was withheld.",
  },
  digest_mismatch: { status: 500, sentence: "What was judged is not what would have been sent; nothing was sent." },
  client_gone: { status: 499, sentence: "The caller left before the answer." },
} as const;

/** The gateway itself cannot do its work now. */
export const gatewayErrors = {
  record_unavailable: {
    status: 503,
    sentence: "The decision log cannot be written; nothing was executed. Try again later.",
  },
  draining: { status: 503, sentence: "The gateway is shutting down; nothing was executed. Try again in a moment." },
  overloaded: { status: 503, sentence: "The gateway is at its limit; nothing was executed. Try again later." },
  internal: { status: 500, sentence: "The gateway failed while handling the call; it was not executed." },
} as const;
