/** Refused before policy: the request cannot be read, or can be read in two ways. */
export const wireErrors = {
  route_unknown: { status: 404, sentence: "No route of this gateway matches the host and path." },
  request_malformed: { status: 400, sentence: "The request line or its framing is not valid HTTP/1.1." },
  framing_ambiguous: { status: 400, sentence: "The request's framing can be read in two ways." },
  header_refused: { status: 400, sentence: "A request header is duplicated, malformed or not allowed." },
  header_too_large: { status: 431, sentence: "The request headers are larger than this gateway accepts." },
  request_timeout: { status: 408, sentence: "The request took too long to arrive." },
  upgrade_refused: { status: 400, sentence: "Protocol upgrades are not allowed on this route." },
  path_ambiguous: { status: 400, sentence: "The path can be read in two ways; send it in canonical form." },
  query_ambiguous: {
    status: 400,
    sentence: "The query can be read in two ways; send each parameter once, plainly encoded.",
  },
  method_refused: { status: 405, sentence: "The method is not allowed on this route." },
  type_refused: { status: 415, sentence: "The content type is not accepted on this route." },
  encoding_refused: { status: 415, sentence: "Encoded request bodies are not accepted on this route." },
  body_refused: { status: 400, sentence: "This request must not carry a body." },
  body_too_large: { status: 413, sentence: "The request body is larger than this route accepts." },
  body_incomplete: { status: 400, sentence: "The request body ended before its declared length." },
  body_timeout: { status: 408, sentence: "The request body took too long to arrive." },
  json_invalid: { status: 400, sentence: "The body is not valid JSON." },
  json_duplicate_key: { status: 400, sentence: "The JSON body names a key twice." },
  json_key_refused: { status: 400, sentence: "The JSON body has a key that is read differently by different parsers." },
  json_number_refused: {
    status: 400,
    sentence: "The JSON body has a number that does not survive a round trip; send it as a string.",
  },
  json_text_refused: { status: 400, sentence: "The JSON body is not plain UTF-8 text." },
  json_too_deep: { status: 400, sentence: "The JSON body is nested too deeply." },
  json_too_many_keys: { status: 400, sentence: "The JSON body has too many keys." },
  arguments_collide: { status: 400, sentence: "The same argument is given in two places." },
  rpc_batch: { status: 400, sentence: "JSON-RPC batches are not accepted." },
  rpc_invalid: { status: 400, sentence: "The body is not one valid JSON-RPC message." },
  mcp_version_unsupported: { status: 400, sentence: "This MCP protocol version is not supported." },
  mcp_header_mismatch: { status: 400, sentence: "An MCP header says something else than the body." },
  mcp_meta_missing: { status: 400, sentence: "The request lacks a _meta entry that its MCP version requires." },
  mcp_method_unknown: { status: 404, sentence: "This method is not available here." },
  mcp_capability_missing: {
    status: 400,
    sentence: "The request must declare the client capability extensions.io.modelcontextprotocol/tasks.",
  },
  mcp_session_unknown: { status: 404, sentence: "No such MCP session of this caller." },
  origin_refused: { status: 403, sentence: "The Origin of this request is not allowed." },
} as const;

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
  token_ended: {
    status: 401,
    sentence: "The sign-in that the access token comes from has ended; sign in anew and send the call again.",
  },
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

/** What a call must not hold. */
export const tokenErrors = {
  token_in_call: {
    status: 403,
    sentence: "The call holds the access token of its own caller, which no tool server gets; it was not executed.",
  },
} as const;

/** Indeterminate decisions: the policy gave no usable answer, so the call is denied. Each cause has its own code. */
export const policyErrors = {
  policy_not_loaded: { status: 503, sentence: "No policy is active; nothing was executed. Try again later." },
  policy_stale: {
    status: 503,
    sentence:
      "The policy has not been confirmed by the server it comes from for too long; nothing was executed. Try again later.",
  },
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
  redaction_refused: {
    status: 403,
    sentence: "Policy removes parts of this call, and they cannot be removed exactly; the call was not executed.",
  },
  redaction_denied: {
    status: 403,
    sentence: "Policy removes parts of this call and does not allow what is left of it; it was not executed.",
  },
  redaction_unsettled: {
    status: 403,
    sentence: "Policy removes parts of this call, and then more of what is left; the call was not executed.",
  },
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

/** What the call should carry upstream could not be made or put in; nothing left the gateway. */
export const credentialErrors = {
  credential_unavailable: {
    status: 503,
    sentence: "The credential for the tool server cannot be obtained now; nothing was executed. Try again later.",
  },
  credential_not_connected: {
    status: 403,
    sentence:
      "The person whom this call is made for has not connected their account at the tool server; nothing was executed.",
  },
  credential_no_person: {
    status: 403,
    sentence: "The call is made for no person whose account this gateway could use; nothing was executed.",
  },
  credential_conflict: {
    status: 403,
    sentence:
      "The gateway cannot add its credential to this call beside what the call holds itself; nothing was executed.",
  },
} as const;

/** The tool server, or the connection to it, failed after the call was allowed. */
export const upstreamErrors = {
  upstream_unreachable: { status: 502, sentence: "The tool server could not be reached; the call was not executed." },
  upstream_not_started: {
    status: 503,
    sentence: "The tool server's process could not be started; the call was not executed. Try again later.",
  },
  upstream_busy: {
    status: 503,
    sentence: "The tool server takes no more calls now; the call was not executed. Try again later.",
  },
  upstream_ended: {
    status: 502,
    sentence: "The tool server's process ended before it answered; whether the call was executed is not known.",
  },
  upstream_unauthorized: {
    status: 502,
    sentence:
      "The tool server did not accept the credential of this gateway; the call was not executed. The caller's own token is not concerned.",
  },
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
  upstream_cut_off: {
    status: 502,
    sentence: "The gateway stopped before the tool server had answered; whether the call was executed is not known.",
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
  result_blocked: {
    status: 403,
    sentence: "The tool server answered, and policy does not allow its answer to be returned.",
  },
  result_undecided: {
    status: 502,
    sentence: "The tool server answered, and the policy gave no usable answer about what may be returned.",
  },
  result_unreadable: {
    status: 502,
    sentence: "The tool server's answer was withheld: the gateway has to read it and cannot.",
  },
  result_too_large: {
    status: 502,
    sentence: "The tool server's answer was withheld: it is larger than policy may read on this route.",
  },
  answer_not_noted: {
    status: 500,
    sentence: "The tool server answered, and its answer was withheld: the store could not note it.",
  },
  digest_mismatch: { status: 500, sentence: "What was judged is not what would have been sent; nothing was sent." },
  call_cancelled: {
    status: 499,
    sentence: "The call was called off by its client before the answer; whether it was executed is not known.",
  },
  client_gone: { status: 499, sentence: "The caller left before the answer." },
} as const;

/** The gateway itself cannot do its work now. */
export const gatewayErrors = {
  record_unavailable: {
    status: 503,
    sentence: "The decision log cannot be written; nothing was executed. Try again later.",
  },
  store_unavailable: {
    status: 503,
    sentence: "The gateway's store cannot be used now; nothing was executed. Try again in a moment.",
  },
  draining: { status: 503, sentence: "The gateway is shutting down; nothing was executed. Try again in a moment." },
  overloaded: { status: 503, sentence: "The gateway is at its limit; nothing was executed. Try again later." },
  internal: { status: 500, sentence: "The gateway failed while handling the call; it was not executed." },
} as const;
