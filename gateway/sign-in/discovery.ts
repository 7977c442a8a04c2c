import * as client from "openid-client";
import type { ProviderSettings } from "../domain/settings.ts";
import type { Clock } from "../domain/ports.ts";

/** Providers that were idle take some seconds for their first answer. */
const timeoutSeconds = 15;

/**
 * OpenID Connect Discovery 1.0. The secret goes the way the provider names; Basic where it names none (RFC 8414 §2).
 * @param secret reads the client's secret anew. @throws whatever the library throws, Error when there is no secret
 */
export async function discoverProvider(
  settings: ProviderSettings,
  secret: () => string,
): Promise<client.Configuration> {
  const { issuer, clientId } = settings;
  const clientSecret = secret();
  const url = new URL(issuer);
  // The configuration refuses http beyond loopback.
  const insecure = url.protocol === "http:" ? [client.allowInsecureRequests] : [];
  const found = await client.discovery(url, clientId, undefined, client.None(), {
    execute: insecure,
    timeout: timeoutSeconds,
  });
  const metadata = found.serverMetadata();
  const methods = metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const basic = methods.includes("client_secret_basic");
  const authentication = basic ? client.ClientSecretBasic(clientSecret) : client.ClientSecretPost(clientSecret);
  const configuration = new client.Configuration(metadata, clientId, undefined, authentication);
  configuration.timeout = timeoutSeconds;
  for (const allow of insecure) allow(configuration);
  // The ID token's signature too, though TLS already says who sent it (OpenID Connect Core 1.0 §3.1.3.7).
  client.enableNonRepudiationChecks(configuration);
  return configuration;
}

/** How long the provider's description of itself, and the secret sent to it, are used before both are read again. */
const knownForMs = 60 * 60_000;
/** Shortest time between two look-ups, whoever makes them seem needed. */
const pauseMs = { known: 30_000, unknown: 1_000 };

/** What the provider says of itself, looked up at most once at a time and not more often than the pauses allow. */
export class Discovery {
  readonly #discover: () => Promise<client.Configuration>;
  readonly #clock: Clock;
  #known: client.Configuration | null = null;
  #knownUntil = Number.NEGATIVE_INFINITY;
  #lookedUpAt = Number.NEGATIVE_INFINITY;
  #outdated = false;
  #failure: unknown = null;
  #pending: Promise<void> | null = null;

  constructor(discover: () => Promise<client.Configuration>, clock: Clock) {
    this.#discover = discover;
    this.#clock = clock;
  }

  /** What is known, or a new look-up; when that fails, what was known for as long as it may be used. @throws what the look-up threw */
  async configuration(): Promise<client.Configuration> {
    const now = this.#clock.monotonic();
    const pause = this.#known === null ? pauseMs.unknown : pauseMs.known;
    const wanted = this.#known === null || now >= this.#knownUntil || this.#outdated;
    if (wanted && (this.#pending !== null || now - this.#lookedUpAt >= pause)) await this.#lookUp(now);
    if (this.#known !== null && this.#clock.monotonic() < this.#knownUntil) return this.#known;
    throw this.#failure;
  }

  /** Something did not work that a changed secret or endpoint would explain: what is known is looked up again soon. */
  markOutdated(): void {
    this.#outdated = true;
  }

  #lookUp(now: number): Promise<void> {
    this.#lookedUpAt = this.#pending === null ? now : this.#lookedUpAt;
    this.#pending ??= this.#discover()
      .then(
        (found) => {
          this.#known = found;
          this.#knownUntil = this.#clock.monotonic() + knownForMs;
        },
        (failure: unknown) => {
          this.#failure = failure;
        },
      )
      .finally(() => {
        this.#outdated = false;
        this.#pending = null;
      });
    return this.#pending;
  }
}
