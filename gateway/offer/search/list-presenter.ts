import { visibleList, type Visibility } from "../../act/results/list-filter.ts";
import { listingOf } from "../../domain/definition-kinds.ts";
import { Refusal } from "../../domain/errors.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import type { Finding, FindingSource, ListOnItsWay, ListPresenter } from "../../domain/ports.ts";
import type { ToolSearch } from "../../domain/route.ts";
import type { ToolQuery } from "../../domain/tool-call.ts";
import { isJsonObject, type JsonObject, parseExact } from "../../lib/json.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import type { NextPage } from "./next-page.ts";
import { ownTools } from "./own-tools.ts";
import { ranked } from "./rank.ts";

const listing = listingOf("tool");

/** Pages of one list that are asked for: tools beyond them are as good as not there. */
const mostPages = 50;

export interface ListPresenterDeps {
  readonly visibility: Pick<Visibility, "ofListed">;
  readonly nextPage: NextPage;
}

/**
 * What callers read in the place of a tool server's list: the gateway's own two tools, or the tools that they look for. Both are made of
 * the answer to a list that was judged like any other, so whoever may not list tools finds none.
 */
export class ToolSearches implements ListPresenter, FindingSource {
  readonly #deps: ListPresenterDeps;
  /** By route: the tool of its server that cannot be reached, since the gateway's own has its name. */
  readonly #taken = new Map<string, string>();

  constructor(deps: ListPresenterDeps) {
    this.#deps = deps;
  }

  async present(list: ListOnItsWay, message: string): Promise<string> {
    const { route, mcp } = list.evaluated.call;
    const search = route.toolSearch ?? null;
    const answer = parseExact(message) as JsonObject;
    const { result } = answer;
    if (search === null || !isJsonObject(result)) return message;
    const { nextCursor: _next, ...listed } = result;
    if (list.query === null)
      return JSON.stringify({ ...answer, result: { ...listed, tools: ownTools(search, route, mcp) } });
    const all = await this.#whole(list, result);
    const tools = all.filter(({ name }) => name !== search.searchAs && name !== search.callAs);
    this.#note(list.evaluated, search, all);
    const { tools: _tools, ttlMs: _ttl, cacheScope: _scope, ...rest } = listed;
    return JSON.stringify({ ...answer, result: { ...rest, ...found(tools, list.query) } });
  }

  /** From memory: what the last searches have seen. */
  findings(): readonly Finding[] {
    if (this.#taken.size === 0) return [];
    const names = [...this.#taken].map(([route, name]) => `${name} on the route ${route}`).join(", ");
    return [
      {
        name: "tool-search",
        problem: `a tool server has a tool with the name of one of the gateway's own, which callers cannot reach: ${names}`,
        fix: "name the gateway's own otherwise, with tools.search_as and tools.call_as of the route",
        severity: "degraded",
      },
    ];
  }

  /** The first page, and those that follow it. */
  async #whole(list: ListOnItsWay, first: JsonObject): Promise<readonly JsonObject[]> {
    const tools = [...toolsOf(first)];
    const seen = new Set<string>();
    let page = first;
    for (let pages = 1; typeof page["nextCursor"] === "string"; pages += 1) {
      const cursor = page["nextCursor"];
      if (pages === mostPages || seen.has(cursor))
        throw new Refusal("upstream_list_malformed", { detail: `a list of tools without an end (${pages} pages)` });
      seen.add(cursor);
      const answer = await this.#deps.nextPage(list, cursor);
      const keep = (listed: readonly JsonObject[]) => this.#deps.visibility.ofListed(list.evaluated, listing, listed);
      page = await visibleList(answer, { listing: listing, keep, show: (tool) => tool });
      tools.push(...toolsOf(page));
    }
    return tools;
  }

  #note({ call }: EvaluatedCall, { searchAs, callAs }: ToolSearch, tools: readonly JsonObject[]): void {
    const taken = tools.find(({ name }) => name === searchAs || name === callAs);
    if (taken === undefined) this.#taken.delete(call.route.id);
    else this.#taken.set(call.route.id, escapeControls(String(taken["name"])));
  }
}

function toolsOf({ tools }: JsonObject): readonly JsonObject[] {
  return Array.isArray(tools) ? (tools as readonly JsonObject[]) : [];
}

/** A tool's result: what is needed to call what was found. */
function found(tools: readonly JsonObject[], { text, limit }: ToolQuery): JsonObject {
  const matching = ranked(tools, text);
  const shown = matching.slice(0, limit).map(({ name, title, description, inputSchema, annotations }) => ({
    name: name ?? null,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    inputSchema: inputSchema ?? {},
    ...(annotations === undefined ? {} : { annotations }),
  }));
  const more = matching.length - shown.length;
  const told = JSON.stringify({ tools: shown, ...(more > 0 ? { more } : {}) });
  return { content: [{ type: "text", text: told }] };
}
