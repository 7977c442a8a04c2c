import type { Judged } from "../../domain/judged.ts";
import { principalKey } from "../../domain/subject.ts";

/** Answers that one caller may wait for at a time, and callers that are remembered; the least recently used go first. */
const perCaller = 256;
const callers = 10_000;

/**
 * Which request an answer belongs to that comes on a stream which was taken up again (MCP 2025-11-25, "Resumability"). Noted
 * are requests that were answered by an event stream; every caller has a share of its own.
 */
export class AwaitedAnswers {
  readonly #methods = new Map<string, Map<string, string>>();

  /** `judged` is a request whose answer has begun as an event stream. */
  note(judged: Judged): void {
    const { mcp, action } = judged.call;
    if (mcp?.era !== "legacy" || mcp.id === null) return;
    const caller = principalKey(judged.subject);
    const own = this.#methods.get(caller) ?? new Map<string, string>();
    put(this.#methods, caller, own, callers);
    put(own, keyOf(judged, mcp.id), action, perCaller);
  }

  /** The method of the request with this id, for the stream that `judged` asked for; null when none is known. */
  methodOf(judged: Judged, id: string | number): string | null {
    return this.#methods.get(principalKey(judged.subject))?.get(keyOf(judged, id)) ?? null;
  }
}

/** 1 and "1" are two ids. */
function keyOf({ call }: Judged, id: string | number): string {
  return JSON.stringify([call.route.upstream.origin, call.mcp?.transportSession ?? null, id]);
}

function put<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
