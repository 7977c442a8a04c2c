/** What came of one call of a client whose timeout nothing resets. */
export interface FixedTimeoutCall {
  /** The answer to the request; null when the client gave up first. */
  readonly answer: { readonly isError: boolean; readonly text: string; readonly meta: Record<string, unknown> } | null;
  readonly headers: Headers | null;
  /** Resolves when the connection, which the client leaves open when it gives up, has ended; with all that came on it. */
  readonly rest: Promise<string>;
}

interface FixedTimeoutOptions {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly progressToken?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let lastId = 0;

/**
 * One tools/call as the Python SDK makes it (mcp 1.x, `read_timeout_seconds`): progress is read and resets nothing; at its
 * timeout the client raises an error, says nothing to the server and leaves the connection open.
 */
export async function callWithFixedTimeout(
  { url, token, timeoutMs, progressToken, headers = {} }: FixedTimeoutOptions,
  tool: string,
  args: object,
): Promise<FixedTimeoutCall> {
  const id = ++lastId;
  const meta = progressToken === undefined ? {} : { _meta: { progressToken } };
  const res = fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-06-18",
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: tool, arguments: args, ...meta },
    }),
  });
  const rest = res.then((answer) => answer.text());
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, timeoutMs, null)));
  const text = await Promise.race([rest, late]);
  clearTimeout(timer);
  if (text === null) return { answer: null, headers: null, rest };
  return { answer: answerIn(text, id), headers: (await res).headers, rest };
}

function answerIn(text: string, id: number): FixedTimeoutCall["answer"] {
  const messages = text.startsWith("{")
    ? [text]
    : text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice("data: ".length)] : []));
  for (const message of messages) {
    const {
      id: of,
      result,
      error,
    } = JSON.parse(message) as {
      id?: number;
      result?: { content: { text?: string }[]; isError?: boolean; _meta?: Record<string, unknown> };
      error?: { message: string; data?: Record<string, unknown> };
    };
    if (of !== id) continue;
    if (result === undefined) return { isError: true, text: error?.message ?? "", meta: error?.data ?? {} };
    const { content, isError = false, _meta = {} } = result;
    return { isError, text: content.map((part) => part.text ?? "").join("\n"), meta: _meta };
  }
  throw new Error(`no answer to ${id} in ${text}`);
}
