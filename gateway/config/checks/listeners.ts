import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import { isLoopback, literalClass } from "../../net/addresses.ts";
import { type Draft, present } from "../draft.ts";

/** Combinations of options that would allow access unintentionally. */
export function checkExposure(draft: Draft): Finding[] {
  return [...consoleWithoutLogin(draft), ...developmentBeyondLoopback(draft), ...publicUrls(draft), ...samePort(draft)];
}

function consoleWithoutLogin({ console: consoleListener }: Draft): Finding[] {
  if (consoleListener === null || isLoopback(consoleListener.host) || consoleListener.login !== undefined) return [];
  return [
    {
      path: ["listeners", "console", "host"],
      at: "value",
      message: `${consoleListener.host} is reachable from other machines and the console has no login; add login, or bind 127.0.0.1`,
    },
  ];
}

/** Whoever reads the data folder could mint tokens, and so could anyone this listener is open to by mistake. */
function developmentBeyondLoopback(draft: Draft): Finding[] {
  if (draft.listeners === null) return [];
  const { agents, console: consoleListener } = draft.listeners;
  const open = [agents.host, consoleListener.host].find((host) => !isLoopback(host));
  if (open === undefined) return [];
  return present(draft.issuers)
    .filter(({ item }) => item.development)
    .map(({ index }) => ({
      path: ["issuers", index, "development"],
      at: "value",
      message: `a development issuer needs every listener on loopback, but one binds ${open}`,
    }));
}

/** The default audience and links are made from it, so it must be an address that clients can reach. */
function publicUrls(draft: Draft): Finding[] {
  if (draft.listeners === null) return [];
  return (["agents", "console"] as const).flatMap((name) => {
    const listener = draft.listeners?.[name];
    if (listener === undefined || listener.public_url !== undefined || !isEveryAddress(listener.host)) return [];
    return [
      {
        path: ["listeners", name, "host"],
        at: "value" as const,
        message: `${listener.host} is no address that anyone can call; add public_url`,
      },
    ];
  });
}

function samePort(draft: Draft): Finding[] {
  if (draft.listeners === null) return [];
  const { agents, console: consoleListener } = draft.listeners;
  const overlap =
    agents.host === consoleListener.host || isEveryAddress(agents.host) || isEveryAddress(consoleListener.host);
  if (agents.port === 0 || agents.port !== consoleListener.port || !overlap) return [];
  return [
    {
      path: ["listeners", "console", "port"],
      at: "value",
      message: `the agents listener already has port ${agents.port}`,
    },
  ];
}

function isEveryAddress(host: string): boolean {
  return literalClass(host) === "unspecified";
}

/** The agents listener's certificate can be used, and client certificates are requested where an option needs them. */
export function checkTls(draft: Draft): Finding[] {
  const agents = draft.listeners?.agents;
  if (agents === undefined) return [];
  const { tls } = agents;
  const requested = tls?.request_client_certificate === true;
  const findings = requested ? [] : workloadsWithoutCertificates(draft);
  if (tls === undefined) return findings;
  const path = ["listeners", "agents", "tls"];
  if (tls.client_ca !== undefined && !requested) {
    findings.push({
      path: [...path, "client_ca"],
      at: "key",
      message: "callers are not asked for a certificate; set request_client_certificate: true",
    });
  }
  if (agents.public_url?.startsWith("http:") === true) {
    findings.push({
      path: ["listeners", "agents", "public_url"],
      at: "value",
      message: "this listener has tls, so callers reach it by https",
    });
  }
  return [...findings, ...unusable(tls, path, draft.folder)];
}

function workloadsWithoutCertificates(draft: Draft): Finding[] {
  return present(draft.issuers)
    .filter(({ item }) => item.kind === "spiffe-x509")
    .map(({ index }) => ({
      path: ["issuers", index, "kind"],
      at: "value",
      message:
        "needs listeners.agents.tls with request_client_certificate: true; callers could not present a certificate",
    }));
}

interface Files {
  readonly cert: string;
  readonly key: string;
  readonly client_ca?: string | undefined;
}

/**
 * Certificate and key must belong together; otherwise the error would appear only when the listener starts. The key's
 * text is never repeated.
 */
function unusable(files: Files, path: Path, folder: string): Finding[] {
  const read = (name: keyof Files) => {
    try {
      return readFileSync(resolve(folder, files[name] ?? ""));
    } catch {
      return null;
    }
  };
  const named = (["cert", "key", "client_ca"] as const).filter((name) => files[name] !== undefined);
  const missing = named.filter((name) => read(name) === null);
  if (missing.length > 0) {
    return missing.map((name) => ({ path: [...path, name], at: "value", message: `cannot be read: ${files[name]}` }));
  }
  try {
    const ca = files.client_ca === undefined ? {} : { ca: read("client_ca") ?? "" };
    createSecureContext({ cert: read("cert") ?? "", key: read("key") ?? "", ...ca });
    return [];
  } catch (failure) {
    const { code } = failure as { code?: string };
    return [{ path, at: "value", message: `certificate and key cannot be used together (${code ?? "unknown error"})` }];
  }
}

type ConsoleValues = NonNullable<Draft["listeners"]>["console"];
type LoginValues = NonNullable<ConsoleValues["login"]>;

const loginPath: Path = ["listeners", "console", "login"];
const needed = ["issuer", "client_id", "client_secret", "roles"] as const;
const onlyOidc = [...needed, "scopes", "claims", "teams", "label", "roles_for"] as const;

/** Required options of each kind of login, and combinations that would let people sign in under another identity. */
export function checkLogin({ console: listener }: Draft): Finding[] {
  const login = listener?.login;
  if (listener === null || login === undefined) return [];
  return login.kind === "local" ? local(login) : [...options(login), ...plainText(login), ...comingBack(listener)];
}

function local(login: LoginValues): Finding[] {
  const useless = onlyOidc
    .filter((option) => login[option] !== undefined)
    .map((option): Finding => ({
      path: [...loginPath, option],
      at: "key",
      message: "means nothing to a login of kind local",
    }));
  if (login.users.length > 0) return useless;
  return [...useless, { path: [...loginPath, "users"], at: "value", message: "needs at least one user" }];
}

function options(login: LoginValues): Finding[] {
  const findings = needed
    .filter((option) => login[option] === undefined)
    .map((option): Finding => ({ path: [...loginPath, option], at: "value", message: "is required for kind oidc" }));
  if (login.roles !== undefined && Object.keys(login.roles).length === 0) {
    const message = "maps no value to a role, so nobody could sign in";
    findings.push({ path: [...loginPath, "roles"], at: "value", message });
  }
  return [...findings, ...withoutOpenid(login.scopes, loginPath)];
}

export function withoutOpenid(scopes: readonly string[] | undefined, section: Path): Finding[] {
  if (scopes === undefined || scopes.includes("openid")) return [];
  const message = "needs openid, or the provider says nothing about who signs in";
  return [{ path: [...section, "scopes"], at: "value", message }];
}

/** An attacker on the network path could read keys, tokens and the client's secret, and sign in as any person. */
function plainText({ issuer }: LoginValues): Finding[] {
  if (issuer === undefined) return [];
  const url = new URL(issuer);
  if (url.protocol === "https:" || isLoopback(url.hostname)) return [];
  const message = "plain http beyond loopback lets others sign in as any person; use https";
  return [{ path: [...loginPath, "issuer"], at: "value", message }];
}

/** The provider redirects people, with the code for their session, to a URL that is registered beforehand. */
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
