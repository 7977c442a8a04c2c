/** A real PgBouncer in transaction mode in front of a PostgreSQL. Nothing of it is left afterwards. */
import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type pg from "pg";
import { freePort } from "../../../demo/gate/config-file.ts";
import { eventually } from "../eventually.ts";
import { describeWith, foundTool } from "../found-tool.ts";
import { describeWithPostgres, type PostgresServer, query, startPostgres } from "./server.ts";

const found = foundTool("pgbouncer");

/** Where there is a PgBouncer that keeps prepared statements (1.21 and newer), and a PostgreSQL. */
export function describeWithPgBouncer(name: string, body: () => void): void {
  describeWith("PgBouncer", found, name, () => describeWithPostgres("in front of PostgreSQL", body));
}

export interface Pooler {
  readonly port: number;
  /** Ends it, and with it every connection through it. At SIGINT and SIGTERM it would wait for those that use it. */
  end(signal: "SIGQUIT" | "SIGKILL"): Promise<void>;
  startAgain(): Promise<void>;
  /** A command of its console, such as `RECONNECT`. */
  command(text: string): Promise<pg.QueryResult>;
  close(): Promise<void>;
}

/** A database server whose `url` leads through the pooler. */
export interface PooledServer extends PostgresServer {
  readonly pooler: Pooler;
}

/** What docs/replicas.md says that a site sets. */
const settings = {
  pool_mode: "transaction",
  max_prepared_statements: "200",
  server_login_retry: "1",
  ignore_startup_parameters: "statement_timeout, idle_in_transaction_session_timeout, options",
};

/** It refuses to run as root: then the user `nobody` runs it. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Listens on 127.0.0.1 alone. `target`: the port of the server, or of a line to it. */
export async function startPooler({ user, password }: PostgresServer, target: number): Promise<Pooler> {
  const { path } = found;
  if (path === null) throw new Error("there is no PgBouncer");
  const folder = mkdtempSync(join(tmpdir(), "sallyport-pgbouncer-"));
  // Its user may not be allowed to read the folder of what was unpacked.
  const isUnpacked = basename(path) === "run";
  if (isUnpacked) cpSync(dirname(path), join(folder, "program"), { recursive: true, verbatimSymlinks: true });
  const port = await freePort();
  const file = write(folder, { port, target, user, password });
  if (nobody.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
  const program = isUnpacked ? join(folder, "program", "run") : path;
  const url = (database: string) => `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  let running: ChildProcess | null = null;
  async function start(): Promise<void> {
    const one = spawn(program, ["-q", file], { ...nobody, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    running = one;
    let told = "";
    one.stderr.on("data", (data: Buffer) => (told += data.toString()));
    await eventually("PgBouncer answers", async () => {
      if (one.exitCode !== null || one.signalCode !== null) throw new Error(`PgBouncer has ended: ${told}`);
      return command("SHOW VERSION").then(
        () => true,
        () => null,
      );
    });
  }
  async function end(signal: "SIGQUIT" | "SIGKILL"): Promise<void> {
    const one = running;
    running = null;
    if (one === null || one.exitCode !== null || one.signalCode !== null) return;
    const gone = once(one, "exit");
    one.kill(signal);
    await gone;
  }
  // The console of PgBouncer understands no prepared statements.
  const command = (text: string) => query(url("pgbouncer"), text);
  await start();
  return {
    port,
    end,
    command,
    startAgain: start,
    async close() {
      await end("SIGKILL");
      rmSync(folder, { recursive: true });
    },
  };
}

/** The gateway's default, as docs/replicas.md says it: a machine that stands still for some seconds loses no transaction. */
export const limitOfUser = "5s";

/** A server with a pooler in front of it, whose user has the limits that gateways ask for. */
export async function startPooled(): Promise<PooledServer> {
  const server = await startPostgres();
  for (const limit of ["statement_timeout", "idle_in_transaction_session_timeout"])
    await server.admin(`ALTER ROLE ${server.user} SET ${limit} = '${limitOfUser}'`);
  const pooler = await startPooler(server, server.port);
  return {
    ...server,
    pooler,
    url: (database) => server.url(database).replace(`:${server.port}/`, `:${pooler.port}/`),
    async close() {
      await pooler.close();
      await server.close();
    },
  };
}

interface Written {
  readonly port: number;
  readonly target: number;
  readonly user: string;
  readonly password: string;
}

function write(folder: string, { port, target, user, password }: Written): string {
  const [file, users] = [join(folder, "pgbouncer.ini"), join(folder, "users.txt")];
  writeFileSync(users, `"${user}" "${password}"\n`);
  const all = {
    ...settings,
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: users,
    admin_users: user,
    max_client_conn: "500",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const databases = `[databases]\n* = host=127.0.0.1 port=${target}\n`;
  writeFileSync(file, `${databases}[pgbouncer]\n${lines.join("\n")}\n`);
  return file;
}
