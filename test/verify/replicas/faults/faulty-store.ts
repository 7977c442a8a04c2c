import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openPostgres } from "../../../../gateway/store/postgres/open.ts";
import { migrate } from "../../../../gateway/store/postgres/migrations.ts";
import { type Line, lineTo } from "../../../support/postgres/line.ts";
import { type PostgresServer, startPostgres } from "../../../support/postgres/server.ts";
import { type SmallDisk, smallDisk } from "./small-disk.ts";
import type { SharedStore } from "../../world/shared-store.ts";

/** The user and the database of the gateways: neither is the superuser's, so that rights and connections can be taken from them. */
export const gatewayUser = "gateway";
export const database = "gateways";
/** Those of two gateways, as many that the line has abandoned and PostgreSQL takes for alive, and some for the proof. */
const maxConnections = 60;
/** Its log stays small beside what the disk has. */
const small = ["max_wal_size=64MB", "min_wal_size=32MB"];

const [others, password] = ["others", "secret"];

/** A PostgreSQL that can be broken, the line between it and the gateways, and the store in it. */
export class FaultyStore {
  readonly server: PostgresServer;
  readonly line: Line;
  /** Null where this user may mount nothing: the disk cannot be full then. */
  readonly disk: SmallDisk | null;
  /** COMMITs at which the line was cut. */
  commitsCut = 0;
  #closing: Promise<void> | null = null;

  private constructor(server: PostgresServer, line: Line, disk: SmallDisk | null) {
    this.server = server;
    this.line = line;
    this.disk = disk;
  }

  static async open(): Promise<FaultyStore> {
    const disk = await smallDisk();
    const server = await startPostgres({
      settings: [`max_connections=${maxConnections}`, ...small],
      ...(disk !== null && { parent: disk.dir }),
    });
    const line = await lineTo(server.port);
    const store = new FaultyStore(server, line, disk);
    try {
      await store.#fill();
      return store;
    } catch (failure) {
      await store.close();
      throw failure;
    }
  }

  async #fill(): Promise<void> {
    const { server } = this;
    for (const role of [gatewayUser, others]) await server.admin(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    await server.admin(`CREATE DATABASE ${database} OWNER ${gatewayUser}`);
    await this.#with(() => this.#urlAt(server.port), migrate);
  }

  /** For others than the gateways, who are no superusers either and take the connections that they might have. */
  urlOfOthers(): string {
    return this.#urlAt(this.server.port).replace(gatewayUser, others);
  }

  /** As superuser, in the database of the gateways. */
  async admin(text: string): Promise<void> {
    await this.server.admin(text, database);
  }

  /** Rows of a table of the gateways. */
  async count(table: string): Promise<number> {
    const { rows } = await this.server.admin(`SELECT count(*)::int AS n FROM ${table}`, database);
    return Number(rows[0].n);
  }

  /** For the gateways; from outside it is seen past the line. */
  async shared(dir: string): Promise<SharedStore> {
    const urlFile = join(dir, "store.url");
    await writeFile(urlFile, this.#urlAt(this.line.port), { mode: 0o600 });
    return {
      section: { postgres: { url: `file:${urlFile}`, statement_timeout: "1s" } },
      look: (use) => this.#with(() => this.server.url(database), use),
      close: () => this.close(),
    };
  }

  /** Whoever closes it after somebody else waits for that. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.line.close();
    await this.server.close();
    await this.disk?.close();
  }

  async #with<Result>(
    url: () => string,
    use: (connection: Awaited<ReturnType<typeof openPostgres>>["connection"]) => Promise<Result>,
  ): Promise<Result> {
    const { connection } = await openPostgres(url, "proof");
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  #urlAt(port: number): string {
    return `postgres://${gatewayUser}:${password}@127.0.0.1:${port}/${database}`;
  }
}
