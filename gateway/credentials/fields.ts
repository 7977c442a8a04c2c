import { CredentialFailure } from "../domain/credential.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";

/** The named texts of one secret. */
export type Fields = ReadonlyMap<string, string>;

const fieldPattern = /\{([A-Za-z0-9_.-]{1,100})\}/g;

/** Names of the fields that a template asks for, each once. */
export function fieldsOf(template: string): string[] {
  return [...new Set([...template.matchAll(fieldPattern)].map(([, name]) => name as string))];
}

/** What is sent: the template with its fields filled in. @throws CredentialFailure naming the field that the secret has not */
export function filledIn(template: string, fields: Fields): string {
  return template.replaceAll(fieldPattern, (_all, name: string) => {
    const value = fields.get(name);
    if (value === undefined) throw new CredentialFailure("misconfigured", `the secret has no field ${name}`);
    return value;
  });
}

/** The texts and numbers of an object; whatever else it has is no field. */
export function fieldsIn(data: JsonValue | undefined): Fields {
  const entries = isJsonObject(data) ? Object.entries(data) : [];
  return new Map(
    entries.flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number" ? [[name, String(value)] as const] : [],
    ),
  );
}
