import type { IncomingMessage, ServerResponse } from "node:http";
import { writeJson } from "../lib/json-answer.ts";
import { writeDocument } from "./app.ts";

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

const keysPath = "/.well-known/jwks.json";

/**
 * Where tool servers and authorization servers find the keys of what the gateway signs for them (RFC 7517). While they cannot be read
 * it answers 503: an answer without them would be kept as long as one with them. Any other path goes to `otherwise`.
 */
export function keySet(published: () => Promise<object>, otherwise: Answer): Answer {
  return function answer(req, res) {
    const readable = req.method === "GET" || req.method === "HEAD";
    if (!readable || req.url !== keysPath) return otherwise(req, res);
    published().then(
      (keys) => writeDocument(res, keys),
      () => {
        writeJson(res, { status: 503, headers: { "Retry-After": "1" }, body: { ok: false } });
      },
    );
  };
}
