import { foldKey } from "../lib/look-alike.ts";

type Names = ReadonlyMap<string, unknown>;

export interface ReadBy {
  readonly kind: "resource" | "resource_template";
  readonly name: string;
}

/**
 * Which of a server's definitions a URI may be read by: the resource of that name, else all resources that some server takes for
 * it, else all templates (RFC 6570) that could give it. Servers match in different ways (SDKs parse the URI first, and let an
 * expression stand for one segment or for any text), so that here an expression stands for any text, and case and percent-encoding
 * do not count: rather one definition too many than the right one missed.
 */
export class ResourceNames {
  readonly #resources = new WeakMap<Names, Sized<ReadonlyMap<string, readonly string[]>>>();
  readonly #templates = new WeakMap<Names, Sized<readonly Template[]>>();

  readBy(uri: string, resources: Names, templates: Names): readonly ReadBy[] {
    if (resources.has(uri)) return [{ kind: "resource", name: uri }];
    const forms = formsOf(uri);
    const byForm = sized(this.#resources, resources, indexed);
    const named = new Set(forms.flatMap((form) => byForm.get(form) ?? []));
    if (named.size > 0) return [...named].map((name) => ({ kind: "resource", name }));
    return sized(this.#templates, templates, parsed)
      .filter(({ parts }) => forms.some((form) => fits(form, parts)))
      .map(({ name }) => ({ kind: "resource_template", name }));
  }
}

interface Template {
  readonly name: string;
  /** What stands before, between and behind its expressions. */
  readonly parts: readonly string[];
}

/** Names are only added to a map of names, so its size says whether what was made of it still holds. */
interface Sized<Made> {
  readonly size: number;
  readonly made: Made;
}

function sized<Made>(cache: WeakMap<Names, Sized<Made>>, names: Names, make: (names: Names) => Made): Made {
  const known = cache.get(names);
  if (known?.size === names.size) return known.made;
  const made = make(names);
  cache.set(names, { size: names.size, made });
  return made;
}

function indexed(names: Names): ReadonlyMap<string, readonly string[]> {
  const byForm = new Map<string, string[]>();
  for (const name of names.keys()) {
    for (const form of formsOf(name)) {
      const same = byForm.get(form);
      if (same === undefined) byForm.set(form, [name]);
      else same.push(name);
    }
  }
  return byForm;
}

function parsed(names: Names): readonly Template[] {
  return [...names.keys()].map((name) => ({ name, parts: name.split(/\{[^{}]*\}/).map(folded) }));
}

/** As it is written, and as a parser of URLs writes it. */
function formsOf(uri: string): readonly string[] {
  const own = folded(uri);
  if (!URL.canParse(uri)) return [own];
  const written = folded(new URL(uri).href);
  return written === own ? [own] : [own, written];
}

function folded(text: string): string {
  try {
    return foldKey(decodeURIComponent(text));
  } catch {
    return foldKey(text);
  }
}

/** Whether the parts follow one another in the text, the first at its start and the last at its end. */
function fits(text: string, [first = "", ...rest]: readonly string[]): boolean {
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
