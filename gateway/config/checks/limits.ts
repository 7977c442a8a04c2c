import type { Finding, Path } from "../../lib/yaml-places.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { type Draft, type LimitValues, present } from "../draft.ts";

const kinds = ["rate", "concurrent", "spend", "loop", "breaker"] as const;

export function checkLimits(draft: Draft): Finding[] {
  return present(draft.limits).flatMap(({ item, index }) => {
    const path = ["limits", index];
    return [...oneKind(item, path), ...forWhom(item, path), ...knownRoutes(item, path, draft), ...burst(item, path)];
  });
}

function oneKind(limit: LimitValues, path: Path): Finding[] {
  const [first, second] = kinds.filter((kind) => limit[kind] !== undefined);
  if (first === undefined) return [{ path, at: "value", message: `needs one of ${kinds.join(", ")}` }];
  if (second === undefined) return [];
  return [{ path: [...path, second], at: "key", message: `a limit is of one kind, and this one has ${first} already` }];
}

function forWhom({ by, breaker, tools }: LimitValues, path: Path): Finding[] {
  if (breaker === undefined) {
    if (by !== undefined) return [];
    return [{ path: [...path, "by"], at: "value", message: "is required: for whom does it count?" }];
  }
  const found: Finding[] = [];
  const message = "a breaker is about a tool server, whoever calls what there; remove it";
  if (by !== undefined) found.push({ path: [...path, "by"], at: "key", message });
  if (tools.length > 0) found.push({ path: [...path, "tools"], at: "key", message });
  return found;
}

function knownRoutes({ routes }: LimitValues, path: Path, draft: Draft): Finding[] {
  const ids = present(draft.routes).map(({ item }) => item.id);
  // A route that is malformed has findings of its own.
  if (draft.routes.includes(null)) return [];
  return routes.flatMap((id, at) => {
    if (ids.includes(id)) return [];
    const message = `no route has the id ${id}${didYouMean(id, ids)}`;
    return [{ path: [...path, "routes", at], at: "value" as const, message }];
  });
}

function burst({ rate }: LimitValues, path: Path): Finding[] {
  if (rate?.burst === undefined || rate.burst <= rate.max) return [];
  return [{ path: [...path, "rate", "burst"], at: "value", message: "must be at most max" }];
}
