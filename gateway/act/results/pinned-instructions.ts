import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { type JsonObject, parseExact } from "../../lib/json.ts";
import { foldedKeys, lookalikeIn } from "../../lib/look-alike.ts";
import type { Visibility } from "./list-filter.ts";

/** The methods whose results may hold `instructions` (MCP 2025-11-25, "Initialization"; 2026-07-28, "Discovery"). */
const methods: ReadonlySet<string> = new Set(["initialize", "server/discover"]);
const keys = foldedKeys(["instructions"]);

/** An answer, and the request that it belongs to. */
interface Answer {
  readonly evaluated: EvaluatedCall;
  readonly method: string;
  readonly result: JsonObject;
  /** The message as it was written. */
  readonly text: string;
}

/**
 * An answer without instructions that are not the pinned ones: clients put them before a model with each of its turns. It is written
 * anew, with each member once: of two, some clients read the first. @throws Refusal upstream_answer_refused
 */
export function withPinnedInstructions(
  visibility: Pick<Visibility, "arePinnedInstructions">,
  { evaluated, method, result, text }: Answer,
): string | Promise<string> {
  if (!methods.has(method)) return text;
  if (lookalikeIn(result, keys) !== null) refuse("a member of a result that some clients read as instructions");
  if (Object.hasOwn(result, "__proto__")) refuse("a member of a result that changes what others mean");
  const { instructions = null } = result;
  const message = parseExact(text) as JsonObject & { readonly result: JsonObject };
  if (instructions === null) return JSON.stringify(message);
  if (typeof instructions !== "string") refuse("instructions that are no text");
  return visibility
    .arePinnedInstructions(evaluated, instructions)
    .then((arePinned) => JSON.stringify(arePinned ? message : without(message)));
}

function without({ result, ...message }: JsonObject & { readonly result: JsonObject }): JsonObject {
  const { instructions: _left, ...rest } = result;
  return { ...message, result: rest };
}

function refuse(detail: string): never {
  throw new Refusal("upstream_answer_refused", { detail });
}
