import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Line, lineTo } from "./line.ts";
import { startMigrated } from "./migrated.ts";
import type { PostgresServer } from "./server.ts";

export interface DatabaseOnLine {
  readonly server: PostgresServer;
  readonly line: Line;
  /** The section `store` of a gateway that reaches it over the line. */
  section(statementTimeout: string): { readonly postgres: Readonly<Record<string, string>> };
  close(): Promise<void>;
}

/** A database with the tables of this version, behind a line that can be cut. */
export async function databaseOnLine(): Promise<DatabaseOnLine> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-database-"));
  const server = await startMigrated();
  const line = await lineTo(server.port);
  const file = join(folder, "store.url");
  writeFileSync(file, server.url().replace(`:${server.port}/`, `:${line.port}/`));
  return {
    server,
    line,
    section: (statementTimeout) => ({ postgres: { url: `file:${file}`, statement_timeout: statementTimeout } }),
    async close() {
      await line.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
