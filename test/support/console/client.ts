import type { RunningConsole } from "./start-console.ts";

/** A signed-in client that is no browser: what the command line does. */
export interface ConsoleClient {
  readonly csrf: string;
  readonly cookie: string;
  request(
    method: string,
    path: string,
    given?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Response>;
}

export async function signIn(running: RunningConsole): Promise<ConsoleClient> {
  const answer = await login(running, running.user, running.password);
  if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}`);
  const { csrf } = (await answer.json()) as { csrf: string };
  return clientWith(running.url, csrf, cookiesOf(answer));
}

/** What a browser would send back. */
export function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .filter((one) => !one.includes("Max-Age=0"))
    .map((one) => one.split(";")[0])
    .join("; ");
}

export function clientWith(url: string, csrf: string, cookie: string): ConsoleClient {
  return {
    csrf,
    cookie,
    request(method, path, { body, headers } = {}) {
      const sent = {
        Cookie: cookie,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        "X-CSRF-Token": csrf,
        ...headers,
      };
      return fetch(url + path, {
        method,
        headers: sent,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
  };
}

export function login(
  running: RunningConsole,
  user: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${running.url}/api/login`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ user, password }),
  });
}

export async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { code: string }).code;
}
