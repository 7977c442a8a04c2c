import type { Finding } from "../../lib/yaml-places.ts";
import { type Draft, present } from "../draft.ts";
import { oneIntrospectionIssuer, unknownIssuers } from "./routes.ts";

const section = ["sessions", "task_text"];

/** Only where a client is listed: without one there is no such endpoint. */
export function checkTaskText(draft: Draft): Finding[] {
  const taskText = draft.sessions?.task_text;
  if (taskText === undefined || taskText.clients.length === 0) return [];
  return [
    ...(taskText.issuers === undefined ? severalIntrospecting(section, draft) : namedIssuers(taskText.issuers, draft)),
    ...ownAudience(taskText.audience, section, draft),
    ...ownPrefix("/sessions", "sessions.task_text lists a client", draft),
  ];
}

function namedIssuers(issuers: readonly string[], draft: Draft): Finding[] {
  return [...unknownIssuers(issuers, section, draft), ...oneIntrospectionIssuer(issuers, section, draft)];
}

/** An opaque token does not name its issuer. */
export function severalIntrospecting(section: readonly string[], { issuers }: Draft): Finding[] {
  if (present(issuers).filter(({ item }) => item.kind === "introspection").length < 2) return [];
  const message = "is required where there are several issuers of kind introspection: one of them may be named";
  return [{ path: [...section, "issuers"], at: "value", message }];
}

export function ownAudience(named: string | undefined, section: readonly string[], draft: Draft): Finding[] {
  return [...missingAudience(named, section, draft), ...sameAudience(named, section, draft)];
}

function missingAudience(named: string | undefined, section: readonly string[], { listeners }: Draft): Finding[] {
  const agents = listeners?.agents;
  if (named !== undefined || agents === undefined || agents.public_url !== undefined || agents.port !== 0) return [];
  const message = "is required when the agents listener takes any free port and has no public_url";
  return [{ path: [...section, "audience"], at: "value", message }];
}

/** The agent's own token must not do. */
function sameAudience(named: string | undefined, section: readonly string[], { routes, authzen }: Draft): Finding[] {
  const others = [...present(routes).map(({ item }) => item.audience), authzen?.audience];
  if (named === undefined || !others.includes(named)) return [];
  const message = "is the audience of a route or of authzen too; these clients need one of their own";
  return [{ path: [...section, "audience"], at: "value", message }];
}

/** A route at these paths would never be reached. */
export function ownPrefix(prefix: string, when: string, { routes }: Draft): Finding[] {
  return present(routes)
    .filter(({ item }) => item.prefix === prefix || item.prefix.startsWith(`${prefix}/`))
    .map(({ index }) => ({
      path: ["routes", index, "prefix"],
      at: "value" as const,
      message: `${prefix} belongs to the gateway itself when ${when}`,
    }));
}
