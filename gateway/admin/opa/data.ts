import { hash, timingSafeEqual } from "node:crypto";
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import { asRefusal, errorCatalogue, Refusal } from "../../domain/errors.ts";
import { type Logger, PolicyFault } from "../../domain/ports.ts";
import { sessionOf } from "../browser-sessions.ts";
import { bodyRefusal } from "../read-request.ts";

/** OPA's Data API, as the console is given it. */
export interface DataApi {
  /** Largest body, in bytes. */
  readonly maxBytes: number;
  /** Of people who may ask. */
  readonly roles: readonly string[];
  /** Names and tokens of clients, read anew. @throws Error that names the reference */
  tokens(): readonly (readonly [name: string, token: string])[];
  /**
   * `body`: a JSON object with at most `input`; null: none. `path`: below `data`. The answer is JSON text, null for undefined.
   * @throws Refusal, PolicyFault
   */
  ask(path: string, body: Buffer | null, asker: string): DataAnswer;
}

export interface DataAnswer {
  readonly decisionId: string;
  readonly result: string | null;
  /** Whether the body had an input. */
  readonly hasInput: boolean;
}

const bearer = /^Bearer ([\x21-\x7e]{1,4096})$/i;
/** OPA's own words (`MsgInputKeyMissing` in v1/server/types). */
const noInput = { code: "api_usage_warning", message: "'input' key missing from the request" };

/**
 * OPA's Data API (https://www.openpolicyagent.org/docs/rest-api#data-api) for documents that the configuration names. Who has neither the
 * token of a client nor one of the roles is answered before the body is read. `session`: refuses who is not signed in, and changes
 * without their CSRF token.
 */
export function dataApiRoutes(app: Express, api: DataApi, session: RequestHandler, logger: Logger): void {
  const body = express.raw({ limit: api.maxBytes, type: () => true });
  app.use("/v1/data", askerOf(api, session));
  app.post("/v1/data/*path", body, function answerPost(req, res) {
    refuseOptions(req, []);
    const sent: unknown = req.body;
    const answer = api.ask(pathIn(req), Buffer.isBuffer(sent) && sent.length > 0 ? sent : null, askedBy(res));
    send(res, answer, answer.hasInput ? null : noInput);
  });
  app.get("/v1/data/*path", function answerGet(req, res) {
    refuseOptions(req, ["input"]);
    const { input } = req.query;
    if (input !== undefined && (typeof input !== "string" || input === ""))
      throw new Refusal("parameter_invalid", { hint: "input is given once, as JSON" });
    const sent = input === undefined ? null : Buffer.from(`{"input":${input}}`);
    send(res, api.ask(pathIn(req), sent, askedBy(res)), null);
  });
  app.use("/v1/data", function unknownMethod() {
    throw new Refusal("resource_unknown", { hint: "GET or POST /v1/data/<path>" });
  });
  app.use("/v1/data", problemHandler(logger));
}

/** A client by its token, else a person by their session. */
function askerOf(api: DataApi, session: RequestHandler): RequestHandler {
  return function findAsker(req, res, next) {
    res.set("Cache-Control", "no-store");
    const { authorization } = req.headers;
    if (authorization !== undefined) {
      res.locals["asker"] = `client ${clientOf(api, bearer.exec(authorization)?.[1] ?? "")}`;
      return next();
    }
    return session(req, res, (failure?: unknown) => {
      if (failure !== undefined) return next(failure);
      const { user, roles } = sessionOf(res);
      if (!api.roles.some((role) => roles.includes(role)))
        return next(new Refusal("role_required", { hint: `needed: ${api.roles.join(" or ")}` }));
      res.locals["asker"] = `user ${user}`;
      return next();
    });
  };
}

const askedBy = (res: Response): string => String(res.locals["asker"]);

/** All tokens are compared, each in the same time. @throws Refusal token_invalid */
function clientOf(api: DataApi, sent: string): string {
  const given = hash("sha256", sent, "buffer");
  const found = api.tokens().filter(([, token]) => timingSafeEqual(hash("sha256", token, "buffer"), given));
  const [only] = found;
  if (only === undefined || sent === "") throw new Refusal("token_invalid");
  return only[0];
}

function pathIn(req: Request): string {
  return req.path.slice("/v1/data/".length);
}

/** An option that would have no effect is refused. */
function refuseOptions(req: Request, known: readonly string[]): void {
  const other = Object.keys(req.query).find((name) => !known.includes(name));
  if (other !== undefined) throw new Refusal("parameter_invalid", { hint: `${other} is not an option here` });
}

function send(res: Response, { decisionId, result }: DataAnswer, warning: object | null): void {
  const members = [
    `"decision_id":${JSON.stringify(decisionId)}`,
    ...(result === null ? [] : [`"result":${result}`]),
    ...(warning === null ? [] : [`"warning":${JSON.stringify(warning)}`]),
  ];
  res.type("application/json").send(`{${members.join(",")}}`);
}

/** Errors in OPA's form, under the gateway's names. The detail for operators never leaves the log. */
function problemHandler(logger: Logger): ErrorRequestHandler {
  return function answerProblem(thrown: unknown, req, res, next) {
    if (res.headersSent) return next(thrown);
    const refusal =
      thrown instanceof PolicyFault
        ? new Refusal(thrown.code, { detail: thrown.message })
        : (bodyRefusal(thrown) ?? asRefusal(thrown));
    if (refusal.status >= 500) logger.error("data api: no answer", { path: req.path, detail: refusal.detail });
    const { sentence } = errorCatalogue[refusal.code];
    const message = refusal.hint === null ? sentence : `${sentence} ${refusal.hint}`;
    res.status(refusal.status).json({ code: refusal.code, message });
  };
}
