import { homedir } from "node:os";
import { parseArgs } from "node:util";
import { environmentVariable } from "../../config/environment.ts";
import { hookClients } from "./clients/clients.ts";
import { HookFailure, type HookClient, type Through } from "./local-call.ts";

export interface HookOptions {
  readonly client: HookClient;
  readonly name: string;
  readonly through: Through;
  /** `env:NAME` or `file:PATH` of the agent's token. */
  readonly token: string;
  /** Where people approve; null when it is not told. */
  readonly console: string | null;
  /** Milliseconds that a held call waits for people. */
  readonly waitMs: number;
  /** The server in the catalog. */
  readonly server: string;
}

const defaultToken = "env:SALLYPORT_HOOK_TOKEN";
const longestWaitS = 3_600;

/** Of the words after `sallyport hook`. @throws HookFailure */
export function readOptions(words: readonly string[]): HookOptions {
  const { values, positionals } = parsed(words);
  const [name = "", ...others] = positionals;
  const client = Object.hasOwn(hookClients, name) ? hookClients[name] : undefined;
  if (client === undefined || others.length > 0)
    throw new HookFailure(`say which client asks: sallyport hook ${Object.keys(hookClients).join("|")}`);
  const wait = Number(values.wait ?? "45");
  if (!Number.isInteger(wait) || wait < 0 || wait > longestWaitS)
    throw new HookFailure(`--wait is a number of seconds, at most ${longestWaitS}`);
  return {
    client,
    name,
    through: {
      gateway: gatewayOf(values.gateway ?? environmentVariable("SALLYPORT_GATEWAY") ?? ""),
      servers: new Set((values.through ?? "").split(",").filter((one) => one !== "")),
    },
    token: inHome(values.token ?? defaultToken),
    console: values.console ?? null,
    waitMs: wait * 1_000,
    server: values.server ?? "local",
  };
}

function parsed(words: readonly string[]) {
  const text = { type: "string" } as const;
  const options = { gateway: text, token: text, console: text, wait: text, through: text, server: text };
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (failure) {
    throw new HookFailure((failure as Error).message);
  }
}

/** scheme://host[:port]. @throws HookFailure also for one to which the token would go in plain text */
export function gatewayOf(text: string): string {
  if (text === "") throw new HookFailure("say where the gateway is: --gateway URL, or the variable SALLYPORT_GATEWAY");
  if (!URL.canParse(text)) throw new HookFailure(`${text} is not the URL of a gateway`);
  const { protocol, hostname, origin } = new URL(text);
  const isLoopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === "https:" || (protocol === "http:" && isLoopback)) return origin;
  throw new HookFailure(`${origin} would get the token in plain text; use https beyond loopback`);
}

function inHome(reference: string): string {
  return reference.startsWith("file:~/") ? `file:${homedir()}/${reference.slice("file:~/".length)}` : reference;
}
