interface Fault {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/**
 * What is said of an address that was asked and did not answer as an MCP server does. The SDK's message is "fetch failed" for everything
 * below HTTP, and all findings of its schema for JSON that is no message of MCP.
 */
export function whyNotAsked(failure: Error): string {
  const faults = causesOf(failure);
  if (faults.some(({ name }) => name === "ZodError"))
    return "what answers there is no MCP server; an address has the path of the MCP endpoint, such as /mcp";
  const first = faults.at(-1);
  if (first === undefined || first.name === "SdkError") return failure.message;
  const why = typeof first.code === "string" ? first.code : first.message;
  return typeof why === "string" ? `${failure.message} (${why})` : failure.message;
}

/** What caused a failure, the first cause last; errors alone. */
function causesOf({ cause }: Fault): readonly Fault[] {
  return typeof cause === "object" && cause !== null ? [cause, ...causesOf(cause)] : [];
}
