/** JSON with a reviver that sees the literal, and a way to write it back (https://github.com/tc39/proposal-json-parse-with-source). */
interface SourceJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

const json = JSON as unknown as SourceJson;

/**
 * Parses JSON so that JSON.stringify gives every number back digit by digit: `context.time.ns` is beyond 2^53.
 * @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
  );
}
