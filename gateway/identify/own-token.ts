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

/** Beside what is sent: what of the message it was read from. The parts of the target are decoded. */
function isIn({ request, operation, declaredIntent }: ToolCall, token: string): boolean {
  const holds = (text: string): boolean => isInText(text, token);
  return (
    holds(request.body.toString("latin1")) ||
    request.headers.some(([, value]) => holds(value)) ||
    request.segments.some(holds) ||
    request.query.some(([name, value]) => holds(value) || holds(name)) ||
    (operation !== undefined && holds(operation.message.toString("latin1"))) ||
    (declaredIntent !== null && holds(declaredIntent.text))
  );
}

/** Also with any of its characters escaped for JSON, for a URL, or for a URL and then for JSON. */
function isInText(text: string, token: string): boolean {
  const unescaped = unescapedJson(text);
  return [text, unescaped, decodedUrl(text), decodedUrl(unescaped)].some((read) => read.includes(token));
}

/** A token holds no character that has another short escape. Two backslashes are one escape, and begin none. */
function unescapedJson(text: string): string {
  if (!/\\[u/]/.test(text)) return text;
  return text.replace(/\\(?:u([0-9a-f]{4})|[^])/gi, (escape, code?: string) => {
    if (code !== undefined) return characterOf(code);
    return escape === "\\/" ? "/" : escape;
  });
}

function decodedUrl(text: string): string {
  return text.includes("%") ? text.replace(/%([0-9a-f]{2})/gi, (_escape, code: string) => characterOf(code)) : text;
}

function characterOf(code: string): string {
  return String.fromCharCode(Number.parseInt(code, 16));
}
