import type { Finding } from "../../lib/yaml-places.ts";
import { type Draft, present } from "../draft.ts";
import { ownPrefixes } from "../audiences.ts";
import { agentsAudience, ownAudience, ownPrefix, severalIntrospecting } from "./task-text.ts";
import { oneIntrospectionIssuer, unknownIssuers } from "./routes.ts";

const section = ["tasks"];

/** Where a client is listed, there must be an endpoint for it; a time that is longer than the longest is a mistake anywhere. */
export function checkTasks(draft: Draft): Finding[] {
  const { tasks } = draft;
  if (tasks === null) return [];
  return [...endpoint(tasks, draft), ...times(tasks), ...demanded(draft)];
}

function endpoint({ clients, issuers, audience }: NonNullable<Draft["tasks"]>, draft: Draft): Finding[] {
  const own = { section, audience, prefix: ownPrefixes.tasks };
  // Agents get their tokens of tasks there also where no client opens any, unless a route has taken the path.
  if (clients.length === 0) return isTaken(draft) ? [] : agentsAudience(own, draft);
  return [
    ...(issuers === undefined
      ? severalIntrospecting(section, draft)
      : [...unknownIssuers(issuers, section, draft), ...oneIntrospectionIssuer(issuers, section, draft)]),
    ...ownAudience(own, draft),
    ...ownPrefix("/tasks", "tasks lists a client", draft),
  ];
}

function times({ time, longest }: NonNullable<Draft["tasks"]>): Finding[] {
  if (time <= longest) return [];
  return [{ path: [...section, "time"], at: "value", message: "must not be longer than tasks.longest" }];
}

/** Nobody could reach the endpoint that gives tokens of tasks, unless the issuer's own tokens name tasks. */
function demanded(draft: Draft): Finding[] {
  const { routes, issuers, tasks } = draft;
  if (tasks?.clients.length !== 0 || !isTaken(draft)) return [];
  const claims = new Set(present(issuers).flatMap(({ item }) => (item.claims.task === undefined ? [] : [item.id])));
  return present(routes)
    .filter(({ item }) => item.task === "required" && !item.issuers.some((id) => claims.has(id)))
    .map(({ index }) => ({
      path: ["routes", index, "task"],
      at: "value" as const,
      message:
        "cannot be met: a route takes /tasks, where tokens of tasks are given, and no issuer of this route has claims.task",
    }));
}

/** Whether a route is where tokens of tasks are given, which it is where no client is listed. */
function isTaken({ routes }: Draft): boolean {
  return present(routes).some(({ item }) => item.prefix === "/" || `${item.prefix}/`.startsWith("/tasks/"));
}
