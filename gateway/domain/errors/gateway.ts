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
