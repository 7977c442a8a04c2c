import type { ConsoleClient } from "./client.ts";
import { clientWith, cookiesOf } from "./client.ts";

/** A browser's part in a sign-in at a provider, without a browser: its cookies, and the redirects it follows. */
export interface Traveller {
  /** The provider's address, as the console gave it. */
  readonly location: URL;
  /** What binds this browser to the sign-in it began. */
  readonly cookie: string;
  /** Signs in at the provider's page; returns the query that it sends people back with. */
  signInThere(who: string, what?: "login" | "cancel"): Promise<string>;
}

export async function beginAt(consoleUrl: string, returnTo = "/approvals"): Promise<Traveller> {
  const answer = await fetch(`${consoleUrl}/api/login/provider`, json({ return_to: returnTo }));
  if (answer.status !== 200) throw new Error(`begin answered ${answer.status}: ${await answer.text()}`);
  return traveller(answer);
}

/** Sent to the provider once more, by somebody who is signed in. */
export async function proveAt(client: ConsoleClient, wanted: object, returnTo = "/approvals"): Promise<Traveller> {
  const answer = await client.request("POST", "/api/step-up/provider", { body: { for: wanted, return_to: returnTo } });
  if (answer.status !== 200) throw new Error(`step-up answered ${answer.status}: ${await answer.text()}`);
  return traveller(answer);
}

async function traveller(answer: Response): Promise<Traveller> {
  const { location: text } = (await answer.json()) as { location: string };
  const location = new URL(text);
  return { location, cookie: cookiesOf(answer), signInThere: (who, what = "login") => walk(location, who, what) };
}

export function finishAt(consoleUrl: string, parameters: string, cookie: string): Promise<Response> {
  return fetch(`${consoleUrl}/api/login/provider/finish`, json({ parameters }, cookie));
}

/** All of it, for tests that are about what comes after. */
export async function signInAtProvider(consoleUrl: string, who: string): Promise<ConsoleClient> {
  const trip = await beginAt(consoleUrl);
  const answer = await finishAt(consoleUrl, await trip.signInThere(who), trip.cookie);
  if (answer.status !== 200) throw new Error(`finish answered ${answer.status}: ${await answer.text()}`);
  const { csrf } = (await answer.json()) as { csrf: string };
  return clientWith(consoleUrl, csrf, cookiesOf(answer));
}

async function walk(from: URL, who: string, what: string): Promise<string> {
  const jar = new Map<string, string>();
  let at = from;
  let form: URLSearchParams | null = null;
  for (let steps = 0; steps < 10; steps += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const init = form === null ? {} : { method: "POST", body: form };
    const answer: Response = await fetch(at, { ...init, headers: { cookie }, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    const next = answer.headers.get("location");
    if (next === null && form !== null) throw new Error(`the provider answered ${answer.status}`);
    form = next === null ? new URLSearchParams({ who, do: what }) : null;
    if (next === null) continue;
    at = new URL(next, at);
    if (at.pathname === "/login/callback") return at.search;
  }
  throw new Error("the provider never sent back");
}

function json(body: object, cookie = ""): RequestInit {
  return { method: "POST", headers: { "Content-Type": "application/json", cookie }, body: JSON.stringify(body) };
}
