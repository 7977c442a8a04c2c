import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthTokens,
} from "@modelcontextprotocol/sdk/shared/auth.js";

/** What an MCP client remembers between its steps, and the address at which it waits for the person to come back. */
export class ClientMemory implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly clientMetadata: OAuthClientMetadata;
  readonly clientMetadataUrl?: string;
  /** Where the person was sent. */
  asked: URL | null = null;
  known: OAuthTokens | undefined;
  #information: OAuthClientInformationMixed | undefined;
  #verifier = "";

  constructor(given: {
    readonly redirectUrl?: string;
    readonly metadataUrl?: string;
    readonly information?: OAuthClientInformationMixed;
    readonly scope?: string;
  }) {
    this.redirectUrl = given.redirectUrl ?? "http://127.0.0.1:41234/callback";
    this.clientMetadata = {
      client_name: "A test's client",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...(given.scope === undefined ? {} : { scope: given.scope }),
    };
    if (given.metadataUrl !== undefined) this.clientMetadataUrl = given.metadataUrl;
    this.#information = given.information;
  }

  state(): string {
    return "a-state-of-this-test";
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#information;
  }

  saveClientInformation(information: OAuthClientInformationMixed): void {
    this.#information = information;
  }

  tokens(): OAuthTokens | undefined {
    return this.known;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.known = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.asked = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}

/**
 * From nothing but a URL to tokens.
 * @param person answers where the client sends them; returns the address that they came back to
 */
export async function authorizeByUrl(
  url: string,
  memory: ClientMemory,
  person: (asked: URL) => Promise<URL>,
): Promise<void> {
  const first = new StreamableHTTPClientTransport(new URL(url), { authProvider: memory });
  const error = await newClient()
    .connect(first as never)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof UnauthorizedError) || memory.asked === null) throw new Error(`not asked: ${String(error)}`);
  const back = await person(memory.asked);
  const code = back.searchParams.get("code");
  if (code === null) throw new Error(`came back without a code: ${back.href}`);
  await first.finishAuth(code);
}

/** And from there to a connected client. */
export async function connectByUrl(...given: Parameters<typeof authorizeByUrl>): Promise<Client> {
  await authorizeByUrl(...given);
  const [url, memory] = given;
  const client = newClient();
  // A stream that ends with its grant and is opened again would sign in beside the call that does.
  const reconnectionOptions = { ...oneTry, maxRetries: 0 };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { authProvider: memory, reconnectionOptions }));
  return client;
}

const oneTry = { initialReconnectionDelay: 1_000, maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1 };

function newClient(): Client {
  return new Client({ name: "test", version: "1" });
}
