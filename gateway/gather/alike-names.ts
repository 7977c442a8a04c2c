import type { DefinitionName } from "../domain/definition-kinds.ts";
import { lookKey } from "../lib/look-alike.ts";

/** A server may list as many forms of one name as it likes. */
const MOST_NAMED = 3;

/** Groups of definitions of one kind, of one server or of several, whose names a person takes for one though they are different. */
export class AlikeNames {
  readonly #byKey = new Map<string, DefinitionName[]>();

  constructor(names: Iterable<DefinitionName>) {
    for (const named of names) {
      const key = keyOf(named);
      const group = this.#byKey.get(key);
      if (group === undefined) this.#byKey.set(key, [named]);
      else group.push(named);
    }
  }

  /** Some of those that look like this one, by server and name; the same name on another server is no other name. */
  of(named: DefinitionName): readonly string[] {
    const group = this.#byKey.get(keyOf(named)) ?? [];
    return group
      .filter((other) => other.name !== named.name)
      .slice(0, MOST_NAMED)
      .map(fullName);
  }

  /** Each with two names or more. */
  groups(kind: DefinitionName["kind"]): readonly (readonly string[])[] {
    return [...this.#byKey.values()]
      .filter((group) => group[0]?.kind === kind && new Set(group.map(({ name }) => name)).size > 1)
      .map((group) => group.map(fullName));
  }
}

function keyOf({ kind, name }: DefinitionName): string {
  return `${kind} ${lookKey(name)}`;
}

function fullName({ server, name }: DefinitionName): string {
  return `${server}/${name}`;
}
