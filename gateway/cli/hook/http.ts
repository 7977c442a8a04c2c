import { request as plain } from "node:http";
import { formType } from "../../lib/media-type.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { jsonOrNull } from "./fields.ts";
import { HookFailure } from "./local-call.ts";

export interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

export interface Post {
  /** Null: none is sent. */
  readonly token: string | null;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  /** JSON, or a form as text; absent: a GET. */
  readonly body?: JsonObject | string;
  readonly headers?: Readonly<Record<string, string>>;
}

const largestReply = 1024 * 1024;

/**
 * One request to the gateway; redirects are not followed. Node's own client rather than `fetch`, which takes longer to load
 * than the whole question. @throws HookFailure for whatever is no JSON object in time
 */
export async function exchange(url: URL, { token, timeoutMs, body, headers = {} }: Post): Promise<Reply> {
  const send = url.protocol === "https:" ? (await import("node:https")).request : plain;
  const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? formType : "application/json";
  const method = text === null ? "GET" : "POST";
  const signal = AbortSignal.timeout(timeoutMs);
  const sent = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(text === null ? {} : { "content-type": type, "content-length": Buffer.byteLength(text) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const failed = (failure: Error): void =>
      reject(new HookFailure(failureText(url, failure, signal.aborted, timeoutMs)));
    const req = send(url, { method, headers: sent, signal, agent: false }, (res) => {
      let answer = "";
      res.setEncoding("utf8");
      res.on("data", (part: string) => {
        answer += part;
        if (answer.length > largestReply) res.destroy(new Error("its answer is too long"));
      });
      res.on("error", failed);
      res.on("end", () => {
        const read = jsonOrNull(answer);
        if (isJsonObject(read)) resolve({ status: res.statusCode ?? 0, body: read });
        else reject(new HookFailure(`${url.origin} does not answer like a gateway (status ${res.statusCode})`));
      });
    });
    req.on("error", failed);
    req.end(text ?? undefined);
  });
}

function failureText({ origin }: URL, failure: Error, isLate: boolean, timeoutMs: number): string {
  if (isLate) return `the gateway at ${origin} has not answered within ${timeoutMs / 1_000} s`;
  const { code, message } = failure as NodeJS.ErrnoException;
  return `the gateway at ${origin} cannot be reached (${code ?? message})`;
}
