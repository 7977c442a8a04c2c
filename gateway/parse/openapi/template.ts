import { canonicalPath } from "../path.ts";

/** One segment of a path template (https://spec.openapis.org/oas/v3.1.1#path-templating). */
export type TemplateSegment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly before: string; readonly after: string };

/**
 * Splits `/v1/orders/{order_id}` into segments.
 * @throws Error when it is not a canonical path or has two parameters in one segment, which has no single reading
 */
export function readTemplate(template: string): readonly TemplateSegment[] {
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
