import { startChild } from "./child.ts";
import type { ExecutionReport } from "./executions.ts";

/** A running tool server and its own count of what it did. */
export interface ToolServer {
  /** scheme://host:port of the service; for the gateway's configuration. */
  readonly origin: string;
  counts(): Promise<ExecutionReport>;
  stop(): Promise<void>;
}

/** The HTTP tool API as a process of its own; port 0 takes any free one. */
export function startPayments(port: number): Promise<ToolServer> {
  return startToolServer("demo/payments/main.ts", port);
}

/** The MCP tool server as a process of its own; port 0 takes any free one. */
export function startCrm(port: number): Promise<ToolServer> {
  return startToolServer("demo/crm/main.ts", port);
}

async function startToolServer(file: string, port: number): Promise<ToolServer> {
  const child = startChild([file, "--port", String(port)]);
  const { origin, control } = await child.waitFor(readyLine, 60_000);
  return {
    origin,
    counts: async () => (await (await fetch(control)).json()) as ExecutionReport,
    stop: () => child.stop(),
  };
}

function readyLine({ stdout }: { stdout(): string }): { origin: string; control: string } | null {
  const end = stdout().indexOf("\n");
  return end < 0 ? null : (JSON.parse(stdout().slice(0, end)) as { origin: string; control: string });
}
