import type { ReturnsFact } from "../../../domain/facts.ts";
import type { JsonObject } from "../../../lib/json.ts";
import type { CallerFacts } from "../../trace/caller.ts";
import type { OwnPeople } from "../authors.ts";

/** What is known of a result before it is read. */
export interface ResultAbout {
  /** Null counts as untrusted text. */
  readonly returns: ReturnsFact | null;
  /** Of the call that it answers. */
  readonly arguments: JsonObject;
  /** Null when nothing is known of the call's task. */
  readonly caller: Pick<CallerFacts, "tasks"> | null;
  /** Asked of each record that states its author. */
  readonly people: () => OwnPeople;
}

export interface ResultRead {
  /** A third party may have written it: it is marked so, or has free text. */
  readonly isUntrusted: boolean;
  /** It has something that a third party may have written. */
  readonly hasUntrusted: boolean;
  /** Not all of it was looked at. */
  readonly isCut: boolean;
}
