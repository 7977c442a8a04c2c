import { isEveryAddress, isLoopback } from "../addresses.ts";
import type { Draft } from "../draft.ts";
import { present } from "../draft.ts";
import type { Finding } from "../../lib/yaml-places.ts";

/** Combinations that open a door nobody meant to open. */
export function checkExposure(draft: Draft): Finding[] {
  return [...consoleWithoutLogin(draft), ...developmentBeyondLoopback(draft), ...publicUrls(draft), ...samePort(draft)];
}

function consoleWithoutLogin(draft: Draft): Finding[] {
  const consoleListener = draft.listeners?.console;
  if (consoleListener === undefined || isLoopback(consoleListener.host) || consoleListener.login !== undefined)
    return [];
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

/** The default audience and links are made from it, so an address that nobody can call will not do. */
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
