/** The caller could not be authenticated. */
export const identityErrors = {
  credential_missing: {
    status: 401,
    sentence: "No credential was sent; send Authorization: Bearer with an access token for this route.",
  },
  credential_malformed: { status: 401, sentence: "The Authorization header is not exactly one scheme and one token." },
  credential_scheme: {
    status: 401,
    sentence:
      "The authorization scheme is not accepted on this route; send Authorization: Bearer, or DPoP with a token that is bound to a key.",
  },
  token_invalid: { status: 401, sentence: "The access token is not valid." },
  token_expired: { status: 401, sentence: "The access token has expired; get a new one and send the call again." },
  token_not_yet_valid: { status: 401, sentence: "The access token is not valid yet." },
  token_issuer_unknown: {
    status: 401,
    sentence: "The access token comes from an issuer that this route does not trust.",
  },
  token_audience: { status: 401, sentence: "The access token was issued for another audience." },
  token_lifetime: { status: 401, sentence: "The access token lives longer than this gateway allows." },
  token_key_unknown: {
    status: 401,
    sentence: "The access token is signed with a key that its issuer does not publish.",
  },
  token_proof_missing: {
    status: 401,
    sentence: "The access token is bound to a key, and the call does not prove possession of it.",
  },
  token_proof_required: {
    status: 401,
    sentence: "This route accepts only tokens that are bound to a key, by DPoP or a client certificate.",
  },
  proof_invalid: { status: 401, sentence: "The DPoP proof is not valid for this call." },
  proof_key: { status: 401, sentence: "The key proven is not the key that the access token is bound to." },
  proof_nonce: {
    status: 401,
    sentence:
      "The DPoP proof needs the nonce of the DPoP-Nonce header; make a new proof with it and send the call again.",
  },
  proof_replayed: { status: 401, sentence: "The DPoP proof was used before; make a new one for every call." },
  proofs_exhausted: {
    status: 503,
    sentence: "Too many DPoP proofs are being remembered; nothing was executed. Try again later.",
  },
  certificate_invalid: { status: 401, sentence: "The client certificate is not accepted." },
  introspection_unavailable: {
    status: 503,
    sentence: "The issuer cannot be asked about the access token now; nothing was executed. Try again later.",
  },
  keys_unavailable: {
    status: 503,
    sentence: "The issuer's keys cannot be read now; nothing was executed. Try again later.",
  },
} as const;
