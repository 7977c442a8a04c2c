import type { ToolName } from "../domain/ports.ts";
import { lookKey } from "../lib/look-alike.ts";

/** A server may list as many forms of one name as it likes. */
const MOST_NAMED = 3;

/** Groups of tools, of one server or of several, whose names a person takes for one though they are different. */
export class AlikeTools {
  readonly #byKey = new Map<string, ToolName[]>();

  constructor(tools: Iterable<ToolName>) {
    for (const named of tools) {
      const key = lookKey(named.tool);
      const group = this.#byKey.get(key);
      if (group === undefined) this.#byKey.set(key, [named]);
      else group.push(named);
    }
  }

  /** Some of those that look like this one, by server and name; the same name on another server is no other name. */
  of({ tool }: ToolName): readonly string[] {
    const group = this.#byKey.get(lookKey(tool)) ?? [];
    return group
      .filter((other) => other.tool !== tool)
      .slice(0, MOST_NAMED)
      .map(fullName);
  }

  /** Each with two names or more. */
  groups(): readonly (readonly string[])[] {
    return [...this.#byKey.values()]
      .filter((group) => new Set(group.map(({ tool }) => tool)).size > 1)
      .map((group) => group.map(fullName));
  }
}

function fullName({ server, tool }: ToolName): string {
  return `${server}/${tool}`;
}
