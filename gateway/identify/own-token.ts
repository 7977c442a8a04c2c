import { Refusal } from "../domain/errors.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { firstHeader } from "../lib/request-headers.ts";
import type { Identify } from "./create-identify.ts";

type Presented = Parameters<Identify>[0];

/** A shorter token could be a word of the call. */
const shortest = 16;

/**
 * The same identification, which refuses a call that holds its caller's own access token: an agent that was talked into sending it
 * somewhere does not. Tokens in the Authorization header are never forwarded anyway.
 * @throws Refusal token_in_call, and what `identify` throws
 */
export function keepingTokens(
  identify: Identify,
): (presented: Presented, call: ToolCall) => Subject | Promise<Subject> {
  return function identifyKeeping(presented, call) {
    const checked = (subject: Subject): Subject => {
      const token = tokenOf(presented);
      if (token !== null && isIn(call, token)) throw new Refusal("token_in_call");
      return subject;
    };
    const subject = identify(presented, call);
    return subject instanceof Promise ? subject.then(checked) : checked(subject);
  };
}

function tokenOf({ req }: Presented): string | null {
  const header = firstHeader(req.rawHeaders, "authorization");
  const token = header?.slice(header.indexOf(" ") + 1) ?? "";
  return token.length < shortest ? null : token;
}

/** Tokens have no character that JSON escapes in what is usual; the parts of the target are decoded. */
function isIn({ request }: ToolCall, token: string): boolean {
  return (
    request.body.includes(token, 0, "latin1") ||
    request.headers.some(([, value]) => value.includes(token)) ||
    request.segments.some((segment) => segment.includes(token)) ||
    request.query.some(([name, value]) => value.includes(token) || name.includes(token))
  );
}
