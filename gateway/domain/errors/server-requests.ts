/** What a tool server asks its caller, and what callers answer. */
export const serverRequestErrors = {
  server_request_denied: {
    status: 403,
    sentence: "Policy does not allow the tool server to ask this of its caller.",
  },
  server_request_held: {
    status: 403,
    sentence: "Policy wants people to approve what the tool server asks of its caller, and such a request cannot wait.",
  },
  server_request_undeclared: {
    status: 502,
    sentence: "The tool server asks for something that the caller has not declared that it can answer.",
  },
  server_request_unknown: {
    status: 400,
    sentence: "No tool server has asked this caller what it answers, or the answer was given already.",
  },
  mcp_state_refused: {
    status: 400,
    sentence: "The requestState was not given to this caller for this call; call again without it.",
  },
} as const;
