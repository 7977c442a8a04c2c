import { Refusal } from "../domain/errors.ts";
import type { Subject } from "../domain/subject.ts";
import type { ToolCall } from "../domain/tool-call.ts";
import { firstHeader } from "../lib/request-headers.ts";
import { percentDecoded, unescapedJson } from "../lib/unescape.ts";
import type { Identify } from "./create-identify.ts";

type Presented = Parameters<Identify>[0];

/** A shorter token could be a word of the call. */
const shortest = 16;

/**
 * The same identification, which also refuses a call that contains its caller's own access token, so that an agent that is tricked into
 * sending its token to somebody cannot. The Authorization header, where the token belongs, is never forwarded.
 * @throws Refusal token_in_call, and what `identify` throws
 */
export function refusingTokenInCall(
  identify: Identify,
): (presented: Presented, call: ToolCall) => Subject | Promise<Subject> {
  return function identifyAndCheck(presented, call) {
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

/** Looks in all that is sent of a call, and in what is recorded of it. The parts of the target are decoded. */
function isIn({ request, operation, declaredIntent, declaredSession }: ToolCall, token: string): boolean {
  const holds = (text: string): boolean =>
    text.includes(token) || ((text.includes("\\") || text.includes("%")) && isInBytes(Buffer.from(text), token));
  return (
    isInBytes(request.body, token) ||
    request.headers.some(([, value]) => holds(value)) ||
    request.segments.some(holds) ||
    request.query.some(([name, value]) => holds(value) || holds(name)) ||
    (operation !== undefined && isInBytes(operation.message, token)) ||
    (declaredIntent !== null && holds(declaredIntent.text)) ||
    (declaredSession !== null && holds(declaredSession))
  );
}

/** Also with any of its characters escaped for JSON, for a URL, or for a URL and then for JSON. */
function isInBytes(bytes: Buffer, token: string): boolean {
  const holds = (read: Buffer): boolean => read.includes(token, 0, "latin1");
  if (holds(bytes)) return true;
  const plain = unescapedJson(bytes);
  return (plain !== bytes && (holds(plain) || holds(percentDecoded(plain)))) || holds(percentDecoded(bytes));
}
