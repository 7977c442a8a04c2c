import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Running, startProcess } from "../../load/machine/process.ts";
import { findProgram } from "../../load/machine/tools.ts";
import type { FoundTool } from "../../support/found-tool.ts";

/** Where one gateway listens; `readyz` is asked whether it gets anything new. */
interface Backend {
  readonly agents: string;
  readonly console: string;
}

interface Ports {
  readonly agents: number;
  readonly console: number;
}

const lookEveryMs = 100;

export function nginx(): FoundTool {
  return { path: findProgram("nginx"), reason: "there is no nginx: apt-get install nginx-light" };
}

/**
 * An nginx before several gateways that sends each request of agents and of people to those that are ready, in turn: its
 * configuration is written anew and loaded as soon as one has become ready or is no more, as controllers of a cluster do. It sends
 * nothing a second time.
 */
export class LoadBalancer {
  readonly #dir: string;
  readonly #ports: Ports;
  readonly #backends: readonly Backend[];
  #ready: readonly boolean[] = [];
  #running: Running | null = null;
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(dir: string, ports: Ports, backends: readonly Backend[]) {
    this.#dir = dir;
    this.#ports = ports;
    this.#backends = backends;
  }

  /** Waits until all are ready. */
  static async open(dir: string, ports: Ports, backends: readonly Backend[]): Promise<LoadBalancer> {
    const { path, reason } = nginx();
    if (path === null) throw new Error(reason);
    await mkdir(dir, { recursive: true });
    const balancer = new LoadBalancer(dir, ports, backends);
    balancer.#ready = backends.map(() => true);
    await balancer.#write();
    balancer.#running = startProcess([path, "-p", dir, "-c", join(dir, "nginx.conf"), "-e", "stderr"]);
    await balancer.#running.waitFor(async () => {
      const answer = await fetch(`http://127.0.0.1:${ports.agents}/livez`).catch(() => null);
      await answer?.body?.cancel();
      return answer?.ok === true ? true : null;
    });
    balancer.#look();
    return balancer;
  }

  isReady(at: number): boolean {
    return this.#ready[at] === true;
  }

  output(): string {
    return this.#running?.output() ?? "";
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#looking;
    clearTimeout(this.#timer);
    await this.#running?.stop();
  }

  #look(): void {
    this.#looking = this.#update().finally(() => {
      this.#timer = setTimeout(() => this.#look(), lookEveryMs);
    });
  }

  async #update(): Promise<void> {
    const now = await Promise.all(this.#backends.map(({ agents }) => isReady(agents)));
    // nginx takes no group without a member.
    if (now.join() === this.#ready.join() || !now.includes(true)) return;
    this.#ready = now;
    await this.#write();
    process.kill(this.#running?.pid ?? 0, "SIGHUP");
  }

  async #write(): Promise<void> {
    const members = (of: keyof Backend): string =>
      this.#backends
        .filter((_, at) => this.#ready[at])
        .map((backend) => `server ${new URL(backend[of]).host} max_fails=0;`)
        .join(" ");
    await writeFile(join(this.#dir, "nginx.conf"), config(this.#dir, this.#ports, members));
  }
}

async function isReady(origin: string): Promise<boolean> {
  const answer = await fetch(`${origin}/readyz`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

function config(dir: string, ports: Ports, members: (of: keyof Backend) => string): string {
  const server = (of: keyof Ports): string => `server {
    listen 127.0.0.1:${ports[of]} backlog=4096;
    location / { proxy_pass http://${of}; }
  }`;
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${join(dir, "nginx.pid")};
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${join(dir, name)};`).join(" ")}
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Connection "";
  proxy_buffering off;
  proxy_read_timeout 1h;
  proxy_next_upstream off;
  upstream agents { ${members("agents")} keepalive 16; }
  upstream console { ${members("console")} }
  ${server("agents")}
  ${server("console")}
}
`;
}
