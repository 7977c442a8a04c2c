/** Of form bodies, which are read like queries. */
export const formType = "application/x-www-form-urlencoded";

/** application/json and every structured syntax built on it (RFC 6839 §3.1). */
export function isJsonType(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}
