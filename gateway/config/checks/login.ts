import { isLoopback } from "../addresses.ts";
import type { Draft } from "../draft.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";

type ConsoleValues = NonNullable<Draft["listeners"]>["console"];
type LoginValues = NonNullable<ConsoleValues["login"]>;

const path: Path = ["listeners", "console", "login"];
const needed = ["issuer", "client_id", "client_secret", "roles"] as const;
const onlyOidc = [...needed, "scopes", "claims", "teams", "label", "roles_for"] as const;

/** What each kind of login needs, and what would let others sign in as somebody else. */
export function checkLogin({ listeners }: Draft): Finding[] {
  const login = listeners?.console.login;
  if (listeners === null || login === undefined) return [];
  return login.kind === "local"
    ? local(login)
    : [...options(login), ...plainText(login), ...comingBack(listeners.console)];
}

function local(login: LoginValues): Finding[] {
  const useless = onlyOidc
    .filter((option) => login[option] !== undefined)
    .map((option): Finding => ({
      path: [...path, option],
      at: "key",
      message: "means nothing to a login of kind local",
    }));
  if (login.users.length > 0) return useless;
  return [...useless, { path: [...path, "users"], at: "value", message: "needs at least one user" }];
}

function options(login: LoginValues): Finding[] {
  const findings = needed
    .filter((option) => login[option] === undefined)
    .map((option): Finding => ({ path: [...path, option], at: "value", message: "is required for kind oidc" }));
  if (login.roles !== undefined && Object.keys(login.roles).length === 0) {
    const message = "maps no value to a role, so nobody could sign in";
    findings.push({ path: [...path, "roles"], at: "value", message });
  }
  if (login.scopes !== undefined && !login.scopes.includes("openid")) {
    const message = "needs openid, or the provider says nothing about who signs in";
    findings.push({ path: [...path, "scopes"], at: "value", message });
  }
  return findings;
}

/** Whoever is on the path could sign in as anybody: keys, tokens and the client's secret would be theirs. */
function plainText({ issuer }: LoginValues): Finding[] {
  if (issuer === undefined) return [];
  const url = new URL(issuer);
  if (url.protocol === "https:" || isLoopback(url.hostname)) return [];
  const message = "plain http beyond loopback lets others sign in as anybody; use https";
  return [{ path: [...path, "issuer"], at: "value", message }];
}

/** The provider sends people back to an address that it knows beforehand, and with them the key to a session. */
function comingBack(listener: ConsoleValues): Finding[] {
  if (listener.public_url === undefined && listener.port === 0) {
    const message = "the provider must know where people come back to; give a port, or add public_url";
    return [{ path: ["listeners", "console", "port"], at: "value", message }];
  }
  if (listener.public_url === undefined && !isLoopback(listener.host)) {
    const message = `people would come back to http://${listener.host} in plain text; add public_url with https`;
    return [{ path: ["listeners", "console", "host"], at: "value", message }];
  }
  if (listener.public_url === undefined) return [];
  const url = new URL(listener.public_url);
  if (url.protocol === "https:" || isLoopback(url.hostname)) return [];
  const message = "people would come back from the provider in plain text; use https";
  return [{ path: ["listeners", "console", "public_url"], at: "value", message }];
}
