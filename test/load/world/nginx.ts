import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../../demo/gate/config-file.ts";
import { startProcess } from "../machine/process.ts";
import { findProgram } from "../machine/tools.ts";
import { answerBody } from "./call.ts";

export interface Nginx {
  readonly origin: string;
  readonly pid: number;
  /** Requests it has answered so far; asking counts as one. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

/** An nginx that answers every request itself with JSON of so many bytes. */
export async function startAnsweringNginx(dir: string, cpu: number, bytes: number): Promise<Nginx> {
  const answer = answerBody(bytes).toString();
  const type = "default_type application/json;";
  if (bytes <= longestParameter)
    return startNginx(dir, cpu, "", `${type} return 200 '${answer.replaceAll("'", "\\'")}';`);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "answer.json"), answer);
  // A POST to a file is a 405 to nginx.
  const location = `${type} root ${dir}; rewrite ^ /answer.json break; error_page 405 =200 /answer.json;`;
  return startNginx(dir, cpu, "", location);
}

/** nginx refuses parameters of more than 4,096 bytes. */
const longestParameter = 3_000;

/** An nginx that forwards every request, over kept connections. */
export function startForwardingNginx(dir: string, cpu: number, origin: string): Promise<Nginx> {
  const upstream = `upstream tool { server ${new URL(origin).host}; keepalive 64; keepalive_requests 1000000000; }`;
  const forward = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://tool;';
  return startNginx(dir, cpu, upstream, forward);
}

async function startNginx(dir: string, cpu: number, upstream: string, location: string): Promise<Nginx> {
  const port = await freePort();
  await mkdir(dir, { recursive: true });
  const file = join(dir, "nginx.conf");
  await writeFile(file, config(dir, port, upstream, location));
  const running = startProcess([findProgram("nginx") ?? "nginx", "-p", dir, "-c", file, "-e", "stderr"], { cpu });
  const origin = `http://127.0.0.1:${port}`;
  const requests = (): Promise<number> => requestsOf(origin);
  try {
    await running.waitFor(() => requests().catch(() => null));
  } catch (failure) {
    await running.stop();
    throw failure;
  }
  return { origin, pid: running.pid, requests, stop: () => running.stop() };
}

/** One process and no master, so that the pid is the one to measure and to end; connections are never closed for their age. */
function config(dir: string, port: number, upstream: string, location: string): string {
  return `
daemon off;
master_process off;
pid ${join(dir, "nginx.pid")};
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${join(dir, name)};`).join(" ")}
  ${upstream}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /bench-status { stub_status; }
    location / { ${location} }
  }
}
`;
}

/** How many requests a server has answered that tells it as nginx does. */
export async function requestsOf(origin: string): Promise<number> {
  return countedRequests(await (await fetch(`${origin}/bench-status`)).text());
}

/** The third number of the line below "server accepts handled requests" (ngx_http_stub_status_module). */
function countedRequests(status: string): number {
  const count = /^\s*\d+ \d+ (\d+)/m.exec(status)?.[1];
  if (count === undefined) throw new Error(`nginx gives no status: ${status}`);
  return Number(count);
}
