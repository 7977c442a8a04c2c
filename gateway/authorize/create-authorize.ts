import { notAllowed } from "../domain/endpoint.ts";
import { asRefusal, Refusal } from "../domain/errors.ts";
import type { Exchange } from "../domain/exchange.ts";
import { oauthPrefix } from "../domain/authorization.ts";
import type { OwnRequest } from "../domain/route.ts";
import { isJsonObject } from "../lib/json.ts";
import { callerAddress } from "../lib/request-headers.ts";
import { type Answer, type OAuthRequest, type AuthorizeDeps, jsonAnswer } from "./deps.ts";
import { begin } from "./endpoints/begin.ts";
import { comeBack } from "./endpoints/callback.ts";
import { register } from "./endpoints/register.ts";
import { answerRequest, showRequest, signIn } from "./endpoints/request.ts";
import { revoke } from "./endpoints/revoke.ts";
import { giveToken } from "./endpoints/token.ts";
import { OauthError } from "./oauth-error.ts";
import { errorPage } from "./pages/error-page.ts";
import { openServices, type AuthorizeServices } from "./services.ts";

type Endpoint = (asked: OAuthRequest, services: AuthorizeServices, id: string) => Promise<Answer>;

interface Place {
  readonly path: RegExp;
  readonly method: "GET" | "POST";
  readonly endpoint: Endpoint;
}

/** Pages for people: asked by browsers of this origin alone, refused in a page. */
const pages: readonly Place[] = [
  { path: /^\/authorize$/, method: "GET", endpoint: begin },
  { path: /^\/callback$/, method: "GET", endpoint: comeBack },
  { path: /^\/request\/([^/]+)$/, method: "GET", endpoint: (asked, services, id) => showRequest(asked, id, services) },
  {
    path: /^\/request\/([^/]+)\/sign-in$/,
    method: "POST",
    endpoint: (asked, services, id) => signIn(asked, id, services),
  },
  {
    path: /^\/request\/([^/]+)\/answer$/,
    method: "POST",
    endpoint: (asked, services, id) => answerRequest(asked, id, services),
  },
];

/** For programs, those in browsers included: asked from anywhere, refused in JSON. */
const programs: readonly Place[] = [
  { path: /^\/token$/, method: "POST", endpoint: giveToken },
  { path: /^\/register$/, method: "POST", endpoint: register },
  { path: /^\/revoke$/, method: "POST", endpoint: revoke },
  { path: /^\/jwks\.json$/, method: "GET", endpoint: keySet },
];

/** Everything under /oauth. Never rejects. */
export function createAuthorize(deps: AuthorizeDeps): (exchange: Exchange) => Promise<void> {
  const services = openServices(deps);
  return async function answer(exchange) {
    const isProgram = isForPrograms(exchange.req.url ?? "");
    try {
      const request = await (isProgram ? deps.readOpen : deps.read)(exchange);
      write(exchange, await answerOf(request, exchange, isProgram ? programs : pages, services));
    } catch (thrown) {
      tellOperator(thrown, deps);
      write(exchange, isProgram ? errorAnswer(thrown, exchange) : errorPage(thrown));
    }
  };
}

function isForPrograms(url: string): boolean {
  const path = url.split("?", 1)[0] ?? "";
  return programs.some((one) => one.path.test(path.slice(oauthPrefix.length)));
}

/** @throws Refusal route_unknown, method_refused */
function answerOf(
  request: OwnRequest,
  exchange: Exchange,
  places: readonly Place[],
  services: AuthorizeServices,
): Promise<Answer> {
  if (request.method === "OPTIONS") return Promise.resolve(preflight(places, request));
  const rest = request.path.slice(oauthPrefix.length);
  const found = places.find(({ path }) => path.test(rest));
  if (found === undefined) throw new Refusal("route_unknown");
  // Links are looked at with HEAD by programs that mean nothing by it: pages begin, count and end something.
  const asked = request.method === "HEAD" && places === programs ? "GET" : request.method;
  if (found.method !== asked) throw notAllowed([found.method]);
  const parameters = parametersOf(request);
  const asker = callerAddress(exchange.req.socket.remoteAddress);
  return found.endpoint({ exchange, request, parameters, asker }, services, found.path.exec(rest)?.[1] ?? "");
}

/** Of a query, or of a form, which is an object of texts; a name that comes twice was refused when it was read. */
function parametersOf({ method, query, document }: OwnRequest): ReadonlyMap<string, string> {
  if (method !== "POST") return new Map(query);
  if (!isJsonObject(document)) return new Map();
  return new Map(Object.entries(document).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** Pages in browsers may ask these endpoints without credentials of the browser's (Fetch Standard, "CORS protocol"). */
function preflight(places: readonly Place[], { path }: OwnRequest): Answer {
  const method = places.find((one) => one.path.test(path.slice(oauthPrefix.length)))?.method ?? "GET";
  const headers = {
    "Access-Control-Allow-Methods": method,
    "Access-Control-Allow-Headers": "Authorization, Content-Type, DPoP, MCP-Protocol-Version",
    "Access-Control-Max-Age": "600",
  };
  return { status: 204, headers, body: "" };
}

async function keySet(_asked: OAuthRequest, { deps }: AuthorizeServices): Promise<Answer> {
  // Whoever looks before the first token was given finds the key that will sign it.
  await deps.keys.current();
  return jsonAnswer(200, await deps.keys.published(), { "Cache-Control": "public, max-age=300" });
}

/** RFC 6749 §5.2. */
function errorAnswer(thrown: unknown, { req }: Pick<Exchange, "req">): Answer {
  if (thrown instanceof OauthError) {
    const { status, code, message, retryAfterS, headers } = thrown;
    return jsonAnswer(
      status,
      { error: code, error_description: message },
      {
        ...headers,
        ...(status === 401 && req.headers.authorization !== undefined
          ? { "WWW-Authenticate": 'Basic realm="sallyport"' }
          : {}),
        ...(retryAfterS === null ? {} : { "Retry-After": String(retryAfterS) }),
      },
    );
  }
  const { status, sentenceForCaller, headers } = asRefusal(thrown);
  const error = status >= 500 ? (status === 503 ? "temporarily_unavailable" : "server_error") : "invalid_request";
  return jsonAnswer(status, { error, error_description: asciiOf(sentenceForCaller) }, headers);
}

/** RFC 6749 §5.2: visible ASCII without quote and backslash. */
function asciiOf(text: string): string {
  return text.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, "?");
}

function tellOperator(thrown: unknown, { logger }: Pick<AuthorizeDeps, "logger">): void {
  if (thrown instanceof OauthError) {
    if (thrown.status >= 500) logger.error("authorize: a request failed", { error: thrown.message });
    return;
  }
  const { status, code, detail } = asRefusal(thrown);
  if (status >= 500) logger.error("authorize: a request failed", { code, detail });
}

function write({ req, res }: Exchange, { status, headers, body }: Answer): void {
  if (res.headersSent) return;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (status !== 204) res.setHeader("Content-Length", Buffer.byteLength(body));
  res.writeHead(status);
  res.end(req.method === "HEAD" ? undefined : body);
}
