import type { Finding } from "../../lib/yaml-places.ts";
import { ownPrefixes } from "../audiences.ts";
import { type Draft, present } from "../draft.ts";
import { authzenAudiences } from "./authzen.ts";
import { missingAudience, type OwnEndpoint, routeAudiences, sharedAudience } from "./own-audience.ts";
import { oneIntrospectionIssuer, unknownIssuers } from "./routes.ts";

const section = ["sessions", "task_text"];

/** Only where a client is listed: without one there is no such endpoint. */
export function checkTaskText(draft: Draft): Finding[] {
  const taskText = draft.sessions?.task_text;
  if (taskText === undefined || taskText.clients.length === 0) return [];
  return [
    ...(taskText.issuers === undefined ? severalIntrospecting(section, draft) : namedIssuers(taskText.issuers, draft)),
    ...ownAudience({ section, audience: taskText.audience, prefix: ownPrefixes.taskText }, draft),
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

/** The agent's own token must not do. */
export function ownAudience(endpoint: OwnEndpoint, draft: Draft): Finding[] {
  return [...missingAudience(endpoint, draft), ...agentsAudience(endpoint, draft)];
}

export function agentsAudience(endpoint: OwnEndpoint, draft: Draft): Finding[] {
  const others = [...routeAudiences(draft, endpoint.prefix), ...authzenAudiences(draft)];
  return sharedAudience(endpoint, others, draft, "these clients need one of their own");
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
