import type { DescribedTool } from "./described-tool.ts";
import type { ServerCredential } from "./server-credential.ts";
import type { SiteCommand } from "./site-command.ts";

/** What a person, or the command line, has said of a site. */
export interface Site {
  /** Name of the server in policy, and of its route. */
  readonly server: string;
  readonly tools: readonly DescribedTool[];
  /** Methods of MCP beside those of tools that the server answers. */
  readonly methods: readonly string[];
  /** null: a site without a route. */
  readonly upstream: Upstream | null;
  /** What calls of the server carry; null: nothing. */
  readonly credential: ServerCredential | null;
  /** Role that may use what only reads; null: nobody may use anything yet. */
  readonly role: string | null;
  /** The person who is asked about held calls. */
  readonly approver: string;
}

export type Upstream =
  | { readonly protocol: "http"; readonly origin: string; readonly path: string; readonly openapi: string }
  | { readonly protocol: "mcp"; readonly origin: string; readonly path: string }
  | { readonly protocol: "mcp"; readonly command: SiteCommand };

export const approverRole = "approver";
