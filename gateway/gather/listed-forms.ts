import type { SeenDefinition } from "../domain/ports.ts";
import type { McpVersion } from "../domain/tool-call.ts";
import { Recent } from "../lib/caches.ts";
import { type Known, knownAs } from "./definition-facts.ts";

/** The definition that the server listed last under each version of MCP, as this process saw it. */
type Forms = ReadonlyMap<McpVersion, SeenDefinition>;

/** Definitions, in each of two generations. One that is not here has the definition that any version saw last. */
const kept = 4_096;

/**
 * A server may list one tool in several forms, by the version of MCP that its caller speaks. This tells a caller whose own version was
 * listed the pinned form that callers of another version were listed another one. It never lets a form count that is not pinned.
 */
export class ListedForms {
  readonly #forms = new Recent<Forms>(kept, (_key, forms) => forms.size);

  note(key: string, version: McpVersion, seen: SeenDefinition): void {
    const before = this.#forms.get(key);
    if (before?.get(version)?.digest === seen.digest) return;
    this.#forms.set(key, new Map([...(before ?? []), [version, seen]]));
  }

  /**
   * What counts for a caller of this version. The pinned definition, when that is what its version was listed last and what was seen last is
   * what another version was listed here. A change that another process saw counts for all: the store does not say whose list had it.
   */
  of(key: string, known: Known, version: McpVersion | null): Known {
    if (version === null || !known.fact.changed || known.fact.name === null) return known;
    const forms = this.#forms.get(key);
    const own = forms?.get(version);
    if (forms === undefined || own === undefined || own.digest !== known.pinned) return known;
    const isOfAnother = [...forms.values()].some(({ digest }) => digest === known.last);
    return isOfAnother
      ? knownAs({ ...known.fact, kind: known.fact.kind ?? "tool", name: known.fact.name }, own, known)
      : known;
  }
}
