import { decisionFields, listFields } from "../domain/decision-fields.ts";
import type { DecisionFilter, LooselyNamed } from "../domain/ports.ts";
import { lookKey } from "../lib/look-alike.ts";

/** Conditions of SQL on rows of the index, and the values they bind. */
export interface Conditions {
  readonly where: string[];
  readonly values: (string | number)[];
}

export function conditionsOf(query: DecisionFilter): Conditions {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const add = (sql: string, ...bound: (string | number)[]): void => {
    where.push(sql);
    values.push(...bound);
  };
  for (const field of decisionFields) {
    const value = query[field];
    if (value === undefined) continue;
    if (listFields.has(field)) add(`instr(' ' || ${field} || ' ', ?) > 0`, ` ${value} `);
    else add(`${field} = ?`, value);
  }
  if (query.issuer !== undefined) add(saysOrNothing("$.input.subject.properties.issuer"), query.issuer);
  if (query.trust !== undefined) add(saysOrNothing("$.input.context.session.trust"), query.trust);
  if (query.client !== undefined) add(`${client} = ?`, query.client);
  if (query.key !== undefined) add(`${key} = ?`, query.key);
  if (query.actor !== undefined) add(`EXISTS (SELECT 1 FROM ${actors} WHERE value = ?)`, query.actor);
  if (query.like !== undefined) add(looksLike[query.like.kind], lookKey(query.like.name));
  if (query.text !== undefined) add(`instr(lower(${freeText}), ?) > 0`, query.text.toLowerCase());
  if (query.since !== undefined) add("timestamp >= ?", query.since);
  if (query.until !== undefined) add("timestamp < ?", query.until);
  return { where, values };
}

const freeText = "concat_ws(' ', tool, subject, code, decision_id)";

/** Numbers of the log within which that is looked for which only the text of a record says. */
const RECENT = 20_000;

/** How many of the latest numbers of the log a query is looked for in. */
export function reachOf({ client, key, actor, like }: DecisionFilter): number {
  return [client, key, actor, like].every((one) => one === undefined) ? Infinity : RECENT;
}

const client = "line ->> '$.input.subject.properties.client_id'";
const key = "line ->> '$.input.subject.properties.proof.key'";
const actors = "json_each(line, '$.input.subject.properties.actor_chain')";

/** The name is bound once in each. */
const looksLike: Readonly<Record<LooselyNamed, string>> = {
  subject: `? IN (SELECT look_key(subject) UNION ALL SELECT look_key(person) UNION ALL SELECT look_key(value) FROM ${actors})`,
  client: `look_key(${client}) = ?`,
  key: `look_key(${key}) = ?`,
  session: "look_key(session) = ?",
  tool: "look_key(tool) = ?",
};

function saysOrNothing(path: string): string {
  return `coalesce(line ->> '${path}' = ?, TRUE)`;
}
