/** Answers to those who say that something about a caller has changed (OpenID SSF, RFC 8935, RFC 8936, OIDC Back-Channel Logout). */
export const signalErrors = {
  signal_unauthenticated: {
    status: 401,
    sentence: "The Authorization header is not the one that was agreed for this stream; nothing was read.",
  },
  signal_transmitter_unknown: { status: 404, sentence: "No transmitter of signals is configured under this address." },
  signal_malformed: { status: 400, sentence: "The security event token cannot be read; nothing was done." },
  signal_key: {
    status: 400,
    sentence: "The security event token is not signed by a key that its transmitter publishes; nothing was done.",
  },
  signal_issuer: {
    status: 400,
    sentence: "The security event token is from another issuer than the one of this stream; nothing was done.",
  },
  signal_audience: {
    status: 400,
    sentence: "The security event token is for another audience than this gateway; nothing was done.",
  },
  signal_time: {
    status: 400,
    sentence: "The security event token is older than is accepted here, or from the future; nothing was done.",
  },
  signal_foreign: {
    status: 400,
    sentence:
      "The security event token is about a subject of an issuer that this transmitter may not speak for; nothing was done.",
  },
  signal_state: {
    status: 400,
    sentence: "The verification event does not carry the state that was asked for; the stream is not verified.",
  },
  signal_unavailable: {
    status: 503,
    sentence: "The security event token cannot be checked or carried out now; send it again later.",
  },
  signal_stream: { status: 502, sentence: "The transmitter's stream cannot be set up or read." },
  signal_unverifiable: { status: 409, sentence: "Verification cannot be asked for on this stream." },
  logout_token_invalid: { status: 400, sentence: "The logout token is not valid; nobody was signed out." },
} as const;
