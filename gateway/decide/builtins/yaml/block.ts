import type { Scalar } from "yaml";

import { BuiltinError } from "../types.ts";

/**
 * The text of a block scalar as go.yaml.in/yaml reads it, where the library reads it otherwise; undefined for other scalars.
 * @throws BuiltinError for a tab where the indentation is looked for
 */
export function blockText({ srcToken, value, range }: Scalar, document: string): string | undefined {
  if (srcToken?.type !== "block-scalar") return undefined;
  const [header] = srcToken.props;
  const sign = header !== undefined && "source" in header ? header.source : "";
  const indicator = /\d/.exec(sign)?.[0];
  const { source } = srcToken;
  if (indicator === undefined && /^(?: *\r?\n)* *\t/.test(source))
    throw new BuiltinError("yaml: found a tab character where an indentation space is expected");
  const indent = indicator === undefined ? firstIndent(source) : srcToken.indent + Number(indicator);
  if (!/[^ \r\n]/.test(source)) return blankText(source, indent, sign);
  // A block at the end of a text that ends without a line break ends without one too.
  const isLast = (range?.[1] ?? 0) >= document.length;
  return isLast && endsInside(document, indent) ? String(value).replace(/\n$/, "") : String(value);
}

function firstIndent(source: string): number {
  return /^ *(?=[^ \r\n])/m.exec(source)?.[0].length ?? Number.POSITIVE_INFINITY;
}

/** Whether the last line of the document, without a break, is one of the block. */
function endsInside(document: string, indent: number): boolean {
  const line = document.slice(Math.max(document.lastIndexOf("\n"), document.lastIndexOf("\r")) + 1);
  return /[^ ]/.test(line) || line.length > indent;
}

/** The text of a block of nothing but spaces: what goes beyond the indentation counts. */
function blankText(source: string, indent: number, sign: string): string {
  let [text, breaks, lastBreak] = ["", "", ""];
  for (const line of source.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const [, spaces = "", end = ""] = /^( *)\r?(\n?)$/.exec(line) ?? [];
    if (spaces.length > indent) {
      text += lastBreak + breaks + spaces.slice(indent);
      [breaks, lastBreak] = ["", end];
    } else breaks += end;
  }
  return text + (sign.includes("-") ? "" : lastBreak) + (sign.includes("+") ? breaks : "");
}
