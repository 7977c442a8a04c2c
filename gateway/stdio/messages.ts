import { isExactNumber, isJsonObject, type JsonObject, type JsonValue, parseExact } from "../lib/json.ts";

/** Ids of JSON-RPC requests as their senders wrote them. */
export type MessageId = string | number;

/** One JSON-RPC 2.0 message. Numbers within keep their digits. */
export interface Message extends JsonObject {
  readonly jsonrpc: "2.0";
}

export interface RequestMessage extends Message {
  readonly id: MessageId;
  readonly method: string;
}

export interface NotificationMessage extends Message {
  readonly method: string;
}

/** `result` or `error`. */
export interface AnswerMessage extends Message {
  readonly id: MessageId;
}

export type ClearMessage =
  | { readonly kind: "request"; readonly message: RequestMessage }
  | { readonly kind: "notification"; readonly message: NotificationMessage }
  | { readonly kind: "answer"; readonly message: AnswerMessage };

/** `unclear`: readers take it for different messages, of which this is one. */
export type ReadMessage = ClearMessage | { readonly kind: "unclear"; readonly message: ClearMessage };

/**
 * A line as a message; null for anything else, such as what a server prints by mistake. It is read strictly here, since it is written
 * anew from what was read: those who read it later cannot see that a name was there twice. @param isText it was UTF-8
 */
export function readMessage(text: string, isText = true): ReadMessage | null {
  let isClear = isText;
  try {
    const value = parseExact(text, () => (isClear = false));
    const message = isClear ? kindOf(value) : guessed(value);
    return isClear || message === null ? message : { kind: "unclear", message };
  } catch {
    return null;
  }
}

/** As `kindOf`, and an answer whatever it says: who waits for it is told. */
function guessed(value: unknown): ClearMessage | null {
  if (!isJsonObject(value) || typeof value["method"] === "string" || !isId(value["id"])) return kindOf(value);
  return { kind: "answer", message: value as unknown as AnswerMessage };
}

/** Null for what is no JSON-RPC message. */
export function kindOf(value: unknown): ClearMessage | null {
  if (!isJsonObject(value) || value["jsonrpc"] !== "2.0") return null;
  const { id, method } = value;
  if (typeof method === "string") {
    if (!Object.hasOwn(value, "id")) return { kind: "notification", message: value as unknown as NotificationMessage };
    return isId(id) ? { kind: "request", message: value as unknown as RequestMessage } : null;
  }
  if (!isId(id) || (!isJsonObject(value["result"]) && !isJsonObject(value["error"]))) return null;
  return { kind: "answer", message: value as unknown as AnswerMessage };
}

/** A number that others write otherwise, such as `1.0`, is an id as well: it goes back as it came. */
function isId(id: JsonValue | undefined): boolean {
  return typeof id === "string" || typeof id === "number" || (id !== undefined && isExactNumber(id));
}

/** An id or token as a key, however it is written; 1 and "1" are two. */
export function idKey(id: MessageId): MessageId {
  return typeof id === "object" ? Number(JSON.stringify(id)) : id;
}

/** Members of `params`; none when there are none. */
export function paramsOf(message: Message): JsonObject {
  const { params } = message;
  return isJsonObject(params) ? params : {};
}

/** `params._meta`; none when there is none. */
export function metaOf(message: Message): JsonObject {
  const { _meta: meta } = paramsOf(message);
  return isJsonObject(meta) ? meta : {};
}

/** The token by which a request asks for progress; undefined when it does not. */
export function progressTokenOf(message: Message): MessageId | undefined {
  const { progressToken } = metaOf(message);
  return isId(progressToken) ? (progressToken as MessageId) : undefined;
}

/** The message with other members of `params`. */
export function withParams<One extends Message>(message: One, changed: JsonObject): One {
  return { ...message, params: { ...paramsOf(message), ...changed } };
}

/** The request under another id, which is its token of progress too where it has one. */
export function renumbered(message: RequestMessage, id: number): RequestMessage {
  const changed =
    progressTokenOf(message) === undefined
      ? message
      : withParams(message, { _meta: { ...metaOf(message), progressToken: id } });
  return { ...changed, id };
}

export function errorAnswer(id: MessageId, code: number, message: string): AnswerMessage {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
