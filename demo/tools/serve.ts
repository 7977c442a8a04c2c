import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import type { Executions } from "./executions.ts";

const lookForParentMs = 500;

/**
 * Runs a tool server as a process: its service on one port, its counts on another that no route leads to.
 * Prints one JSON line when both listen, and ends on SIGTERM and SIGINT, and with the process that started it.
 */
export async function serveTools(given: {
  readonly service: RequestListener;
  readonly executions: Executions;
  readonly defaultPort: number;
}): Promise<void> {
  const { values } = parseArgs({
    options: { host: { type: "string" }, port: { type: "string" }, "control-port": { type: "string" } },
  });
  const host = values.host ?? "127.0.0.1";
  const port = portOf(values.port, given.defaultPort);
  const service = await listen(given.service, host, port);
  const control = await listen(showCounts(given.executions), "127.0.0.1", portOf(values["control-port"], 0));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  // The parent process may be killed; then this process must end by itself.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(0), lookForParentMs).unref();
  console.log(JSON.stringify({ origin: originOf(service, host), control: originOf(control, "127.0.0.1") }));
}

function showCounts(executions: Executions): RequestListener {
  return function answerCounts(_req, res) {
    res.setHeader("content-type", "application/json").end(JSON.stringify(executions.report()));
  };
}

function listen(handler: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(handler);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

function originOf(server: Server, host: string): string {
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

function portOf(text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port: expected 0 to 65535, got ${text}`);
  return port;
}
