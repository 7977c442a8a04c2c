/** Limits of calls, of the configuration and of policy. Nothing was sent. */
export const limitErrors = {
  limit_exceeded: { status: 429, sentence: "A limit has no room for this call now; wait and try again." },
  loop_detected: {
    status: 429,
    sentence: "The same call was sent too often in this window; look at its earlier results instead.",
  },
  limit_too_small: {
    status: 403,
    sentence: "This call alone costs more than a limit allows; it was not executed.",
  },
  price_unknown: {
    status: 403,
    sentence: "What this call costs cannot be read from it, and a limit counts that; it was not executed.",
  },
  upstream_suspended: {
    status: 503,
    sentence: "The tool server fails, so its calls are refused for a while; this one was not executed.",
  },
} as const;
