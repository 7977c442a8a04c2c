import { isAscii } from "node:buffer";
import { Refusal } from "../domain/errors.ts";
import { type QueryPairs, readPairs, refuseRepeated } from "./query.ts";

/**
 * A form body is a query by another way, and read as strictly. Its bytes are forwarded as they are, so beyond that it
 * must not use what readers disagree on there: a raw `;`. Fields named in `lists` may be repeated.
 * @throws Refusal query_ambiguous
 */
export function readForm(body: Buffer, lists: ReadonlySet<string>): QueryPairs {
  const text = isAscii(body) ? body.toString("latin1") : ";";
  if (text.includes(";"))
    throw new Refusal("query_ambiguous", { hint: "a raw ; or a byte beyond ASCII in the form body" });
  const { pairs, repeated } = readPairs(text);
  refuseRepeated(repeated, lists);
  return pairs;
}
