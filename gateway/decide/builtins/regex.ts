import { intersects } from "./glob-intersection.ts";
import type { Reads } from "./go/regexp.ts";
import { compileRegexp, findAll, groupText, matchesRegexp, quoteMeta, replaceAll, splitRegexp } from "./go/regexp.ts";
import { intAt, stringAt } from "./operands.ts";
import type { Builtin, BuiltinContext } from "./types.ts";
import { BuiltinError } from "./types.ts";

/**
 * RE2 is linear in the text with the program's size as the factor. Compiling costs about a microsecond per character
 * and instruction; a repetition such as (a{1,1000}){1,1000} is refused by RE2 itself.
 * @returns takes fuel for what successive matches read beyond the one reading that is paid for here
 */
function chargeRegexp(context: BuiltinContext, pattern: string, textLength: number): Reads {
  context.charge(1_500 + pattern.length * 60);
  const size = compileRegexp(pattern).programSize();
  let prepaid = textLength * (4 + Math.ceil(size / 4));
  context.charge(size * 25 + prepaid);
  // RE2JS backtracks over a bitmap of 2^18 places where that fits, one instruction a reading; else it tries all states.
  const perRead = size <= 500 && textLength * size <= 1 << 18 ? 2 : 2 + size / 4;
  return (characters) => {
    prepaid -= characters * perRead;
    if (prepaid >= 0) return;
    context.charge(-prepaid);
    prepaid = 0;
  };
}

const match: Builtin = (context, pattern, value) => {
  const expression = stringAt(1, pattern);
  const text = stringAt(2, value);
  chargeRegexp(context, expression, text.length);
  return matchesRegexp(expression, text);
};

const split: Builtin = (context, pattern, value) => {
  const expression = stringAt(1, pattern);
  const text = stringAt(2, value);
  return splitRegexp(expression, text, chargeRegexp(context, expression, text.length));
};

const findN: Builtin = (context, pattern, value, number) => {
  const expression = stringAt(1, pattern);
  const text = stringAt(2, value);
  const limit = intAt(3, number);
  const reads = chargeRegexp(context, expression, text.length);
  return findAll(expression, text, limit, reads).map((found) => groupText(text, found, 0));
};

const findAllSubmatches: Builtin = (context, pattern, value, number) => {
  const expression = stringAt(1, pattern);
  const text = stringAt(2, value);
  const limit = intAt(3, number);
  const reads = chargeRegexp(context, expression, text.length);
  return findAll(expression, text, limit, reads).map((found) =>
    Array.from({ length: found.spans.length / 2 }, (_, group) => groupText(text, found, group)),
  );
};

const replace: Builtin = (context, value, pattern, template) => {
  const text = stringAt(1, value);
  const expression = stringAt(2, pattern);
  const replacement = stringAt(3, template);
  const reads = chargeRegexp(context, expression, text.length);
  // Each match may put the whole text back several times.
  const references = replacement.split("$").length - 1;
  context.charge((text.length + 1) * (1 + replacement.length) + references * text.length);
  return replaceAll(expression, text, replacement, reads);
};

const isValid: Builtin = (context, pattern) => {
  if (typeof pattern !== "string") return false;
  try {
    chargeRegexp(context, pattern, 0);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
};

/** A template whose delimited parts are regular expressions: "urn:foo:{.*}". */
const templateMatch: Builtin = (context, template, value, start, end) => {
  const source = stringAt(1, template);
  const text = stringAt(2, value);
  const open = delimiter("start", stringAt(3, start));
  const close = delimiter("end", stringAt(4, end));
  context.charge(source.length * 4);
  const pattern = templatePattern(source, open, close);
  chargeRegexp(context, pattern, text.length);
  return matchesRegexp(pattern, text);
};

function delimiter(name: string, text: string): string {
  if (Buffer.byteLength(text) === 1) return text;
  throw new BuiltinError(`${name} delimiter has to be exactly one character long`);
}

function templatePattern(source: string, open: string, close: string): string {
  let pattern = "^";
  let literal = 0;
  let level = 0;
  let begin = 0;
  for (let at = 0; at < source.length; at += 1) {
    if (source[at] === open) {
      level += 1;
      if (level === 1) begin = at;
    } else if (source[at] === close) {
      level -= 1;
      if (level < 0) break;
      if (level > 0) continue;
      const part = source.slice(begin + 1, at);
      compileRegexp(`^${part}$`);
      pattern += `${quoteMeta(source.slice(literal, begin))}(${part})`;
      literal = at + 1;
    }
  }
  if (level !== 0) throw new BuiltinError(`unbalanced braces in ${JSON.stringify(source)}`);
  return `${pattern}${quoteMeta(source.slice(literal))}$`;
}

const globsMatch: Builtin = (context, left, right) => {
  const first = stringAt(1, left);
  const second = stringAt(2, right);
  return intersects(first, second, (units) => context.charge(units));
};

export const regex: Readonly<Record<string, Builtin>> = {
  "regex.split": split,
  "regex.find_n": findN,
  "regex.replace": replace,
  "regex.template_match": templateMatch,
  "regex.globs_match": globsMatch,
};

/** Native in WASM too; here for the table of redirects. */
export const nativeRegex = { match, findAllSubmatches, isValid };
