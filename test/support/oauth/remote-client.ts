import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { freePort } from "../../../demo/gate/config-file.ts";
import type { Person } from "./persons.ts";

const remote = fileURLToPath(new URL("../../../node_modules/mcp-remote/dist/proxy.js", import.meta.url));

export interface RemoteClient {
  readonly client: Client;
  /** Folder in which the program keeps its tokens. */
  readonly home: string;
  /** Waits until it asks its person once more, who does as before. */
  signInAgain(): Promise<void>;
  close(): Promise<void>;
}

/** `mcp-remote`, which registers itself and waits at a port of loopback, for a client on its standard streams. */
export async function connectByRemote(url: string, person: Person): Promise<RemoteClient> {
  const home = await mkdtemp(join(tmpdir(), "mcp-remote-"));
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [remote, url, String(await freePort()), "--allow-http", "--transport", "http-only"],
    // It finds no browser to open, and writes where to go.
    env: { MCP_REMOTE_CONFIG_DIR: home, PATH: "/nonexistent" },
    stderr: "pipe",
  });
  const client = new Client({ name: "remote", version: "1" });
  const asked = addressIn(transport);
  const connecting = client.connect(transport);
  connecting.catch(() => undefined);
  // The person's browser goes there, and the program that waits takes what it brings.
  const visit = async (address: URL): Promise<void> => void (await (await fetch(await person(address))).text());
  await visit(await asked);
  await connecting;
  return {
    client,
    home,
    signInAgain: async () => visit(await addressIn(transport)),
    async close() {
      await client.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The address that it tells the person to visit. */
function addressIn({ stderr }: StdioClientTransport): Promise<URL> {
  return new Promise((resolve, reject) => {
    let said = "";
    stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const [, address] = /by visiting:\s+(https?:\S+)\s/.exec(said) ?? [];
      if (address !== undefined) resolve(new URL(address));
    });
    stderr?.on("close", () => reject(new Error(`mcp-remote ended:\n${said}`)));
  });
}
