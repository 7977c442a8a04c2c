import { Refusal } from "../../domain/errors.ts";
import type { Logger } from "../../domain/ports.ts";
import type { Route } from "../../domain/route.ts";
import { mcpVersions } from "../../domain/tool-call.ts";
import type { JsonValue } from "../../lib/json.ts";
import { ToldOnce } from "./told-once.ts";

/** The versions of MCP that tool servers answer `initialize` with. */
export class SpokenVersions {
  readonly #logger: Pick<Logger, "warn">;
  readonly #told = new ToldOnce();

  constructor(logger: Pick<Logger, "warn">) {
    this.#logger = logger;
  }

  /** Each request after it would be refused for the version that both have agreed on. @throws Refusal upstream_answer_refused */
  assertKnown({ id }: Pick<Route, "id">, version: JsonValue | undefined): void {
    if (typeof version !== "string" || mcpVersions.some((known) => known === version)) return;
    const spoken = /^[\w.-]{1,32}$/.test(version) ? version : "";
    this.#tell(id, spoken);
    const named = spoken === "" ? "" : ` ${spoken}`;
    const detail = `the tool server answers with an unknown version of MCP${named}; supported: ${mcpVersions.join(", ")}`;
    throw new Refusal("upstream_answer_refused", { detail, hint: detail });
  }

  /** `spoken`: empty where it is none that a log could repeat. */
  #tell(route: string, spoken: string): void {
    if (!this.#told.tell(route, spoken)) return;
    const about = { route, ...(spoken === "" ? {} : { version: spoken }), supported: mcpVersions.join(", ") };
    this.#logger.warn(
      "the tool server answers initialize with an unknown version of MCP; its clients are refused",
      about,
    );
  }
}
