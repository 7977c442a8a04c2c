import { offlineAccess } from "../../domain/authorization.ts";
import type { Finding } from "../../lib/yaml-places.ts";
import { isLoopback } from "../../net/addresses.ts";
import { redirectProblem } from "../../lib/redirect-uri.ts";
import { type Draft, present } from "../draft.ts";
import { isAuthorizedHere, ownIssuerId, rolesOf } from "../authorized-here.ts";
import { withoutOpenid } from "./listeners.ts";
import { ownPrefix } from "./task-text.ts";

const section = ["authorization"];

/** The gateway as authorization server: where it is, who signs in, and what they may get. */
export function checkAuthorization(draft: Draft): Finding[] {
  const { authorization } = draft;
  if (authorization === null) return withoutServer(draft);
  return [
    ...address(draft),
    ...people(authorization, draft),
    ...withoutOpenid(authorization.sign_in?.scopes, [...section, "sign_in"]),
    ...reserved(authorization, draft),
    ...lifetimes(authorization),
    ...clients(authorization),
    ...noClient(authorization),
    ...ownPrefix("/oauth", "there is an authorization section", draft),
    ...sameName(draft),
  ];
}

type Authorization = NonNullable<Draft["authorization"]>;

function withoutServer({ routes, hasAuthorization }: Draft): Finding[] {
  if (hasAuthorization) return [];
  return present(routes)
    .filter(({ item }) => item.authorization === "gateway")
    .map(({ index }) => ({
      path: ["routes", index, "authorization"],
      at: "value" as const,
      message: "needs the section authorization",
    }));
}

/** Clients compare the issuer with the address that they asked, letter by letter. */
function address({ listeners }: Draft): Finding[] {
  const agents = listeners?.agents;
  if (agents === undefined) return [];
  const { public_url: url, port, host, tls } = agents;
  if (url === undefined && port === 0)
    return [finding([], "needs listeners.agents.public_url, or a port that is not 0: the issuer's name is made of it")];
  const insecure = url === undefined ? tls === undefined && !isLoopback(host) : isInsecure(url);
  if (!insecure) return [];
  return [finding([], "needs https: beyond loopback clients take no plain http from an authorization server")];
}

function isInsecure(text: string): boolean {
  const url = new URL(text);
  return url.protocol === "http:" && !isLoopback(url.hostname);
}

function people(authorization: Authorization, { listeners }: Draft): Finding[] {
  const { sign_in, roles, assertions } = authorization;
  if (sign_in !== undefined && isInsecure(sign_in.issuer))
    return [finding(["sign_in", "issuer"], "plain http beyond loopback lets others sign in as anybody; use https")];
  if ((sign_in !== undefined || assertions.length > 0) && roles === undefined)
    return [finding(["roles"], "is required where people come from a provider: only what it names gives a role")];
  if (listeners === null) return [];
  const users = listeners.console.login?.users ?? [];
  if (sign_in === undefined && users.length === 0 && assertions.length === 0)
    return [finding(["sign_in"], "nobody could sign in: name a provider here, or users in listeners.console.login")];
  if (rolesOf({ authorization, listeners }).length === 0)
    return [finding(["roles"], "gives nobody a role, so nobody could get a token")];
  return [];
}

/** Every role is a scope of its own name, and this scope asks for a refresh token. */
function reserved({ roles }: Authorization, { listeners }: Draft): Finding[] {
  const users = listeners?.console.login?.users ?? [];
  const given: (readonly [place: readonly (string | number)[], roles: readonly string[]])[] =
    roles === undefined
      ? users.map((user, index) => [["listeners", "console", "login", "users", index, "roles"], user.roles])
      : Object.entries(roles).map(([value, mapped]) => [[...section, "roles", value], mapped]);
  const message = `${offlineAccess} is a scope that asks for a refresh token, so no role that tokens carry can have this name`;
  return given.flatMap(([place, names]) =>
    names.flatMap((role, index) =>
      role === offlineAccess ? [{ path: [...place, index], at: "value" as const, message }] : [],
    ),
  );
}

function lifetimes({ refresh_idle, refresh_longest, access_token }: Authorization): Finding[] {
  if (refresh_idle > refresh_longest) return [finding(["refresh_idle"], "must not be longer than refresh_longest")];
  return access_token > refresh_idle ? [finding(["access_token"], "must not be longer than refresh_idle")] : [];
}

function clients({ clients: all, assertions }: Authorization): Finding[] {
  const ids = all.map(({ id }) => id);
  return [
    ...all.flatMap(({ id, redirect_uris }, index) => [
      ...(ids.indexOf(id) === index ? [] : [finding(["clients", index, "id"], `the id ${id} is used twice`)]),
      ...redirect_uris.flatMap((uri, at) => {
        const problem = redirectProblem(uri);
        return problem === null ? [] : [finding(["clients", index, "redirect_uris", at], problem)];
      }),
    ]),
    ...assertions.flatMap(({ issuer, jwks }, index) => [
      ...(assertions.findIndex((one) => one.issuer === issuer) === index
        ? []
        : [finding(["assertions", index, "issuer"], `the issuer ${issuer} is named twice`)]),
      ...((jwks.url === undefined) === (jwks.file === undefined)
        ? [finding(["assertions", index, "jwks"], "needs either url or file")]
        : []),
      ...(jwks.url !== undefined && !jwks.allow_insecure && isInsecure(jwks.url)
        ? [finding(["assertions", index, "jwks", "url"], "plain http beyond loopback lets others forge assertions")]
        : []),
    ]),
  ];
}

function noClient({ clients: named, documents, registration }: Authorization): Finding[] {
  if (named.length > 0 || documents.enabled || registration.enabled) return [];
  return [finding(["clients"], "no client could get a token: name one here, or enable documents or registration")];
}

/** Its tokens are told apart by `iss`, and its routes name it by the id `gateway`. */
function sameName({ issuers, routes, listeners }: Draft): Finding[] {
  const own = listeners?.agents.public_url;
  const used = present(routes).some(({ item }) => isAuthorizedHere(item, true));
  return present(issuers).flatMap(({ item, index }) => {
    if (used && item.id === ownIssuerId)
      return [
        { path: ["issuers", index, "id"], at: "value" as const, message: `${ownIssuerId} names the gateway itself` },
      ];
    return own !== undefined && item.issuer === own
      ? [{ path: ["issuers", index, "issuer"], at: "value" as const, message: "is the gateway itself" }]
      : [];
  });
}

function finding(place: readonly (string | number)[], message: string): Finding {
  return { path: [...section, ...place], at: "value", message };
}
