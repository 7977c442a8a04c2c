import { Client, StreamableHTTPClientTransport, type VersionNegotiationOptions } from "@modelcontextprotocol/client";
import { mcpVersions } from "../../domain/tool-call.ts";
import { escapeControls } from "../../lib/look-alike.ts";
import { modernVersion } from "../../parse/mcp/versions.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { CommandTransport } from "./command-transport.ts";
import { examples, secretOf, type ServerCredential, type ServerVariables } from "./server-credential.ts";
import { whyNotAsked } from "./why-not-asked.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** Some servers have tools for those clients alone that declare these. What is asked all the same is refused. */
const capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };

function clientFor(versionNegotiation: VersionNegotiationOptions, supportedProtocolVersions?: string[]): Client {
  const versions = supportedProtocolVersions === undefined ? {} : { supportedProtocolVersions };
  return new Client({ name: "sallyport-init", version: "1" }, { versionNegotiation, capabilities, ...versions });
}

/** Words of a command line. No shell reads them: a word with blanks stands in quotes. */
export function commandWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}

/** Characters of a command's standard error that are shown where it fails. */
const mostShown = 2_000;

/** A character of a secret is written with so many at most, such as `&#x0006b;`. */
const mostPerCharacter = 16;

/** How a server is asked, and what is said where it does not answer. */
export interface Asked {
  /** What the server was given. */
  readonly secrets: readonly string[];
  /** Whom it then answers. `withinMs`: of the whole, connecting and what is asked after it. */
  connect(withinMs: number, signal: AbortSignal): Promise<Client>;
  failed(place: string, failure: Error): CliFailure;
  /** Nothing more is asked; a command has ended. */
  close(): Promise<void>;
  /** The same while something is under way. */
  end(): Promise<void>;
}

export function commandTransport(line: string, variables: ServerVariables): Asked {
  const [program = "", ...args] = commandWords(line);
  const pairs = Object.entries(variables).map(([name, reference]) => [name, secretOf({ reference })] as const);
  const secrets = pairs.map(([, secret]) => secret);
  const longest = Math.max(0, ...secrets.map(({ length }) => length)) * mostPerCharacter;
  const command = { program, args, env: Object.fromEntries(pairs), mostOfErrors: mostShown + longest };
  let current: CommandTransport | null = null;
  const start = (): CommandTransport => (current = new CommandTransport(command));
  return {
    secrets,
    connect: (withinMs, signal) => connectedCommand(start, withinMs, signal),
    failed(place, failure: NodeJS.ErrnoException) {
      const { message, code } = failure;
      // What cannot be started may be no command but an address with a password.
      if (isNotStarted(failure)) return notStarted(code);
      const last = current?.errors ?? "";
      // Cut before it was looked through, it can begin within a secret.
      const begin = last.length === mostShown + longest ? longest : 0;
      const shown = withoutSecrets(last, secrets, begin).slice(-mostShown).trim();
      const said = `${escapeControls(withoutSecrets(message, secrets))}.`;
      return unreachable(place, shown === "" ? said : `${said} It wrote:\n${escapeControls(shown, true)}`);
    },
    close: async () => current?.close(),
    end: async () => current?.end(),
  };
}

/**
 * The newest version is asked for in a process of its own, which a server that knows none of it may end at, or answer in any way; where
 * it does not answer in time either, a second process is asked as an older one.
 */
async function connectedCommand(start: () => CommandTransport, withinMs: number, signal: AbortSignal): Promise<Client> {
  const newer = clientFor({ mode: { pin: modernVersion }, probe: { timeoutMs: withinMs } });
  const first = start();
  const late = setTimeout(() => void first.end(), withinMs / 3);
  try {
    await newer.connect(first, { signal });
    return newer;
  } catch (failure) {
    if (signal.aborted || isNotStarted(failure as Error)) throw failure;
  } finally {
    clearTimeout(late);
  }
  const older = clientFor({ mode: "legacy" });
  await older.connect(start(), { signal });
  return older;
}

const isNotStarted = ({ syscall }: NodeJS.ErrnoException): boolean => syscall?.startsWith("spawn") === true;

function notStarted(code: string | undefined): CliFailure {
  const why = `What --mcp says begins with no program that can be started here (${code ?? "unknown error"}).`;
  return new CliFailure(exits.unreachable, "mcp_unreachable", `${why} An address begins with https:// or http://.`);
}

function unreachable(place: string, why: string): CliFailure {
  return new CliFailure(exits.unreachable, "mcp_unreachable", `${place} did not list its tools: ${why}`);
}

export function urlTransport(url: URL, credential: ServerCredential | null): Asked {
  const secret = credential === null ? null : secretOf(credential);
  const headers = credential === null ? {} : { [credential.header]: `${credential.prefix}${secret}` };
  let refusal: Refusal | null = null;
  const noting: typeof fetch = async (input, init) => {
    const isQuestion = init?.method === "POST";
    // What an earlier question was answered is not why a later one fails.
    if (isQuestion) refusal = null;
    const response = await fetch(input, init);
    const namesOauth = /resource_metadata/i.test(response.headers.get("www-authenticate") ?? "");
    if (!response.ok && isQuestion) refusal = { status: response.status, namesOauth };
    return response;
  };
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers }, fetch: noting });
  return {
    secrets: secret === null ? [] : [secret],
    // Calls reach the address as it is; a command is spoken to by the gateway's bridge.
    async connect(withinMs, signal) {
      const client = clientFor({ mode: "auto", probe: { timeoutMs: withinMs } }, [...mcpVersions].reverse());
      await client.connect(transport, { signal });
      return client;
    },
    close: () => transport.close(),
    end: () => transport.close(),
    failed(place, failure) {
      const message = whyNotAsked(failure);
      if (refusal?.status === 401 || refusal?.status === 403) return unauthorized(place, refusal, credential);
      if (secret === null) return unreachable(place, `${escapeControls(message)}.`);
      // What an error of HTTP says may hold the secret in any form.
      return unreachable(
        place,
        refusal === null ? `${escapeControls(withoutSecrets(message, [secret]))}.` : `status ${refusal.status}.`,
      );
    },
  };
}

interface Refusal {
  readonly status: number;
  /** The server says which authorization server it trusts (RFC 9728). */
  readonly namesOauth: boolean;
}

function unauthorized(place: string, { status, namesOauth }: Refusal, credential: ServerCredential | null): CliFailure {
  const said =
    credential === null
      ? `${place} asks for a credential (status ${status}). Say where it is: ${examples}.`
      : `${place} refuses the credential of ${credential.reference} in the header ${credential.header} (status ${status}).`;
  const oauth = namesOauth
    ? " The server wants an access token of its OAuth server. Nobody is signed in here: obtain one and give it in the same way, and for calls let the gateway obtain them, with a credential of the kind client_credentials, token_exchange or person (docs/credentials.md)."
    : "";
  return new CliFailure(exits.unreachable, "mcp_unauthorized", `${said}${oauth}`);
}
