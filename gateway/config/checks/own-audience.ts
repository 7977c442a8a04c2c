import type { Finding, Path } from "../../lib/yaml-places.ts";
import { defaultAudience, operationsAudience, publicUrlOf, routeAudience } from "../audiences.ts";
import { type Draft, present } from "../draft.ts";

/** An endpoint of the gateway's own, whose audience no other callers may have. */
export interface OwnEndpoint {
  readonly section: Path;
  /** As the file names it. */
  readonly audience: string | undefined;
  /** What the default ends with. */
  readonly prefix: string;
}

/** An audience and whose it is. */
export interface TakenAudience {
  readonly audience: string | null;
  readonly of: string;
}

/** The audience in force; null where it is not known before the listener is bound. */
export function audienceInForce(
  { audience, prefix }: Pick<OwnEndpoint, "audience" | "prefix">,
  draft: Draft,
): string | null {
  const publicUrl = publicUrlIn(draft);
  return audience ?? (publicUrl === null ? null : defaultAudience(publicUrl, prefix));
}

/** Of all routes, those included on which operations are tools; without the default of one at `ownPrefix`, which is a mistake by itself. */
export function routeAudiences(draft: Draft, ownPrefix: string): TakenAudience[] {
  const publicUrl = publicUrlIn(draft);
  return present(draft.routes).flatMap(({ item }) => {
    const of = `the route ${item.id}`;
    const known = item.audience !== undefined || (publicUrl !== null && item.prefix !== ownPrefix);
    const { mcp } = item.tools;
    return [
      { audience: known ? routeAudience(item, publicUrl) : null, of },
      ...(mcp === undefined || publicUrl === null ? [] : [{ audience: operationsAudience(item, mcp, publicUrl), of }]),
    ];
  });
}

/** Compares what is in force, defaults included: a token says its audience, and nothing of how that came to be. */
export function sharedAudience(
  endpoint: OwnEndpoint,
  others: readonly TakenAudience[],
  draft: Draft,
  need: string,
): Finding[] {
  const own = audienceInForce(endpoint, draft);
  const other = others.find(({ audience }) => audience !== null && audience === own);
  if (other === undefined) return [];
  const is = endpoint.audience === undefined ? `is ${own} by default,` : "is";
  const message = `${is} the audience of ${other.of} too; ${need}`;
  return [{ path: [...endpoint.section, "audience"], at: "value", message }];
}

export function missingAudience(
  { section, audience }: Pick<OwnEndpoint, "section" | "audience">,
  { listeners }: Draft,
): Finding[] {
  const agents = listeners?.agents;
  if (audience !== undefined || agents === undefined || publicUrlOf(agents) !== null) return [];
  const message = "is required when the agents listener takes any free port and has no public_url";
  return [{ path: [...section, "audience"], at: "value", message }];
}

function publicUrlIn({ listeners }: Draft): string | null {
  return listeners === null ? null : publicUrlOf(listeners.agents);
}
