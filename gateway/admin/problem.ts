import type { ErrorRequestHandler, Response } from "express";
import { asRefusal, errorCatalogue, Refusal } from "../domain/errors.ts";
import type { Logger } from "../domain/ports.ts";

/** Answers with RFC 9457 problem details. The detail for operators never leaves the log. */
export function sendProblem(res: Response, refusal: Refusal): void {
  res.status(refusal.status).type("application/problem+json");
  res.send(
    JSON.stringify({
      type: "about:blank",
      title: errorCatalogue[refusal.code].sentence,
      status: refusal.status,
      code: refusal.code,
      ...(refusal.hint === null ? {} : { detail: refusal.hint }),
    }),
  );
}

export function problemHandler(logger: Logger): ErrorRequestHandler {
  return function answerProblem(thrown: unknown, req, res, next) {
    const refusal = bodyRefusal(thrown) ?? asRefusal(thrown);
    if (refusal.status >= 500)
      logger.error("console: request failed", { method: req.method, path: req.path, detail: refusal.detail });
    if (res.headersSent) return next(thrown);
    sendProblem(res, refusal);
  };
}

/** What express.json throws carries a `type` (https://github.com/expressjs/body-parser#errors). */
function bodyRefusal(thrown: unknown): Refusal | null {
  const type = typeof thrown === "object" && thrown !== null && "type" in thrown ? thrown.type : null;
  if (type === "entity.too.large") return new Refusal("body_too_large");
  if (type === "entity.parse.failed") return new Refusal("json_invalid");
  if (type === "encoding.unsupported" || type === "charset.unsupported") return new Refusal("encoding_refused");
  if (type === "request.size.invalid" || type === "request.aborted") return new Refusal("body_incomplete");
  return null;
}
