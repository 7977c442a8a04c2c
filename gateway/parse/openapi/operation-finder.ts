import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import { foldKey } from "../../lib/look-alike.ts";
import { operationsOf } from "./document.ts";
import { type DeclaredOverrides, declaredOverrides } from "./method-override.ts";
import { canonicalPath } from "../target/path.ts";

export interface Operation {
  /** operationId, else `METHOD template`. */
  readonly name: string;
  /** Path parameters by name, decoded. */
  readonly parameters: readonly (readonly [string, string])[];
  /** The operation object as the document has it. */
  readonly definition: JsonObject;
  /** Names of its query parameters that are lists, one pair for each item. */
  readonly lists: ReadonlySet<string>;
  /** Names of the fields of its form body that are lists. */
  readonly formLists: ReadonlySet<string>;
  readonly overrides: DeclaredOverrides;
  /** Its header parameters: names in lower case, and as the document writes them. */
  readonly headers: readonly (readonly [string, string])[];
}

/**
 * Finds the operation that a request means; null when the document has none.
 * @throws Refusal path_ambiguous where it is another operation, or one at all, to servers that match paths without case (Express, ASP.NET)
 */
export type OperationFinder = (method: string, segments: readonly string[]) => Operation | null;

interface Known extends Omit<Operation, "parameters"> {
  readonly names: readonly string[];
}

/**
 * @param document OpenAPI 3.x as parsed JSON or YAML; null or undefined when the route has none
 * @throws Error naming what in the document has two meanings
 */
export function operationFinder(document: unknown): OperationFinder {
  if (document === null || document === undefined) return () => null;
  const tree = new PathTree<Map<string, Known>>();
  const owners = new Map<string, string>();
  for (const described of operationsOf(document)) {
    const { method, template, bases, operation, lists, formLists, headers } = described;
    const name = toolName(method, template, operation);
    const place = `${method} ${template}`;
    if (owners.has(name))
      throw new Error(`OpenAPI operation ${name} is described twice: ${owners.get(name)} and ${place}`);
    owners.set(name, place);
    const overrides = declaredOverrides(document as JsonObject, described);
    const known = { name, definition: operation, lists, formLists, overrides, headers };
    for (const base of bases) addOperation(tree, `${base}${template}`, method, known);
  }
  tree.forEachLeaf(answerHead);
  return (method, segments) => find(tree, method, segments);
}

/** HEAD is GET without a body in the answer (RFC 9110 §9.3.2) where the document does not describe it by itself. */
function answerHead(operations: Map<string, Known>): void {
  const get = operations.get("GET");
  if (get !== undefined && !operations.has("HEAD")) operations.set("HEAD", get);
}

/** The operationId, else `METHOD template`. */
export function toolName(method: string, template: string, operation: JsonObject): string {
  const { operationId } = operation;
  return typeof operationId === "string" && operationId !== "" ? operationId : `${method} ${template}`;
}

function addOperation(
  tree: PathTree<Map<string, Known>>,
  path: string,
  method: string,
  known: Omit<Known, "names">,
): void {
  const segments = readTemplate(path);
  const operations = tree.at(segments, () => new Map<string, Known>());
  if (operations.has(method)) throw new Error(`OpenAPI paths give ${method} ${path} two meanings`);
  operations.set(method, { ...known, names: parameterNames(segments, path) });
}

function parameterNames(segments: readonly TemplateSegment[], path: string): string[] {
  const names = segments.flatMap((segment) => (segment.kind === "parameter" ? [segment.name] : []));
  if (new Set(names).size < names.length) throw new Error(`OpenAPI path ${path} names a parameter twice`);
  return names;
}

function find(tree: PathTree<Map<string, Known>>, method: string, segments: readonly string[]): Operation | null {
  const match = tree.find(segments);
  const known = match?.leaf.get(method);
  // A path of literals alone is the most specific one to every reader.
  const isLiteral = match?.values.length === 0;
  if (!isLiteral && tree.findFolded(new FoldedPath(segments), method)?.get(method) !== known)
    throw new Refusal("path_ambiguous", {
      hint: "servers that match paths without case take it for that of another operation",
    });
  if (match === null || known === undefined) return null;
  const parameters = known.names.map((name, index) => [name, match.values[index] ?? ""] as const);
  const { name, definition, lists, formLists, overrides, headers } = known;
  return { name, definition, lists, formLists, overrides, headers, parameters };
}

/** One segment of a path template (https://spec.openapis.org/oas/v3.1.1#path-templating). */
type TemplateSegment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly before: string; readonly after: string };

/**
 * Splits `/v1/orders/{order_id}` into segments.
 * @throws Error when it is not a canonical path or has two parameters in one segment, which has no single reading
 */
function readTemplate(template: string): readonly TemplateSegment[] {
  if (!template.startsWith("/")) throw new Error(`OpenAPI path ${template} does not begin with a slash`);
  return template === "/"
    ? []
    : template
        .slice(1)
        .split("/")
        .map((part) => readSegment(part, template));
}

function readSegment(part: string, template: string): TemplateSegment {
  const braces = /^([^{}]*)\{([^{}]+)\}([^{}]*)$/.exec(part);
  if (braces === null) {
    if (/[{}]/.test(part)) throw new Error(`OpenAPI path ${template}: one parameter a segment, in braces`);
    return { kind: "literal", text: decoded(part, template) };
  }
  const [, before = "", name = "", after = ""] = braces;
  if (["__proto__", "constructor", "prototype"].includes(name))
    throw new Error(`OpenAPI path ${template}: parameter ${name}`);
  return { kind: "parameter", name, before: decoded(before, template), after: decoded(after, template) };
}

function decoded(text: string, template: string): string {
  if (text === "") return "";
  try {
    return canonicalPath(`/${text}`).segments[0] ?? "";
  } catch (cause) {
    throw new Error(`OpenAPI path ${template} can be read in two ways`, { cause });
  }
}

interface Match<Leaf> {
  readonly leaf: Leaf;
  readonly values: readonly string[];
}

interface Fitting {
  readonly before: string;
  readonly after: string;
}

/** What the operations of a path are found by. */
interface Methods {
  has(method: string): boolean;
}

interface Branch<Leaf extends Methods> extends Fitting {
  readonly folded: Fitting;
  /** The same for templates that differ in case alone. */
  readonly foldedKey: string;
  readonly node: PathTree<Leaf>;
}

/** A path whose segments are folded when they are asked for: most paths of no operation leave the tree at their first ones. */
class FoldedPath {
  readonly #folded: string[] = [];
  readonly segments: readonly string[];

  constructor(segments: readonly string[]) {
    this.segments = segments;
  }

  folded(at: number): string {
    return (this.#folded[at] ??= foldKey(this.segments[at] ?? ""));
  }
}

function fits(segment: string, { before, after }: Fitting): boolean {
  return segment.length > before.length + after.length && segment.startsWith(before) && segment.endsWith(after);
}

/**
 * Path templates as a tree of segments. More specific wins, segment by segment from the left: a literal before a
 * parameter with literal parts, before a bare parameter. A node is visited at most once, so hostile paths cost no more
 * than the document has templates.
 */
class PathTree<Leaf extends Methods> {
  private readonly literals = new Map<string, PathTree<Leaf>>();
  private readonly foldedLiterals = new Map<string, readonly PathTree<Leaf>[]>();
  /** Most literal text first. */
  private readonly branches: Branch<Leaf>[] = [];
  private leaf: Leaf | undefined;

  /** @returns the leaf that is there already, else the one made */
  at(segments: readonly TemplateSegment[], make: () => Leaf): Leaf {
    const [first, ...rest] = segments;
    if (first === undefined) return (this.leaf ??= make());
    return this.child(first).at(rest, make);
  }

  forEachLeaf(visit: (leaf: Leaf) => void): void {
    if (this.leaf !== undefined) visit(this.leaf);
    for (const node of this.literals.values()) node.forEachLeaf(visit);
    for (const { node } of this.branches) node.forEachLeaf(visit);
  }

  find(segments: readonly string[], from = 0): Match<Leaf> | null {
    const segment = segments[from];
    if (segment === undefined) return this.leaf === undefined ? null : { leaf: this.leaf, values: [] };
    const literal = this.literals.get(segment)?.find(segments, from + 1);
    if (literal) return literal;
    for (const { before, after, node } of this.branches) {
      const below = fits(segment, { before, after }) ? node.find(segments, from + 1) : null;
      if (below === null) continue;
      const value = segment.slice(before.length, segment.length - after.length);
      return { leaf: below.leaf, values: [value, ...below.values] };
    }
    return null;
  }

  /**
   * The same to a reader that matches without case, and goes on where a path has not this method. Of two templates that differ in case
   * alone the exact one comes first: whoever has both tells them apart.
   */
  findFolded(path: FoldedPath, method: string, from = 0): Leaf | null {
    const segment = path.segments[from];
    if (segment === undefined) return this.leaf?.has(method) === true ? this.leaf : null;
    if (this.literals.size === 0 && this.branches.length === 0) return null;
    for (const node of this.nodesFor(segment, path.folded(from))) {
      const below = node.findFolded(path, method, from + 1);
      if (below !== null) return below;
    }
    return null;
  }

  private *nodesFor(exact: string, folded: string): Iterable<PathTree<Leaf>> {
    const literal = this.literals.get(exact);
    if (literal !== undefined) yield literal;
    for (const node of this.foldedLiterals.get(folded) ?? []) if (node !== literal) yield node;
    const fitting = this.branches.filter((branch) => fits(exact, branch) || fits(folded, branch.folded));
    for (const alike of Map.groupBy(fitting, ({ foldedKey }) => foldedKey).values()) {
      for (const branch of alike) if (fits(exact, branch)) yield branch.node;
      for (const branch of alike) if (!fits(exact, branch)) yield branch.node;
    }
  }

  private child(segment: TemplateSegment): PathTree<Leaf> {
    if (segment.kind === "literal") {
      const existing = this.literals.get(segment.text);
      if (existing !== undefined) return existing;
      const node = new PathTree<Leaf>();
      this.literals.set(segment.text, node);
      const folded = foldKey(segment.text);
      this.foldedLiterals.set(folded, [...(this.foldedLiterals.get(folded) ?? []), node]);
      return node;
    }
    const { before, after } = segment;
    const known = this.branches.find((branch) => before === branch.before && after === branch.after);
    if (known !== undefined) return known.node;
    const folded = { before: foldKey(before), after: foldKey(after) };
    const foldedKey = JSON.stringify([folded.before, folded.after]);
    const branch = { before, after, folded, foldedKey, node: new PathTree<Leaf>() };
    this.branches.push(branch);
    this.branches.sort((a, b) => b.before.length + b.after.length - (a.before.length + a.after.length));
    return branch.node;
  }
}
