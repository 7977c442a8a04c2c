import { CredentialFailure } from "../../domain/credential.ts";
import type { Clock } from "../../domain/ports.ts";
import type { VaultAuth, VaultServer } from "../../domain/vault-credential.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { checkedFetch, type CheckedFetch } from "../../net/checked-fetch.ts";
import { answeredBadly, unreachable } from "../call-failure.ts";
import { type GrantedToken, type TokenLife, VaultTokens } from "./token.ts";
import { parseJson } from "../../lib/parse-json.ts";

export interface VaultClientDeps {
  readonly clock: Clock;
  /** Read anew for each sign-in. @throws Error that names the reference, never the value */
  readonly secret: (reference: string) => string;
}

const maxBytes = 1024 * 1024;

/**
 * The HTTP API of one Vault or OpenBao server, version 1, as far as credentials need it. Nothing that the server says in words gets
 * into an error: it may quote what it was sent.
 */
export class VaultClient {
  readonly #server: VaultServer;
  readonly #deps: VaultClientDeps;
  readonly #fetch: CheckedFetch;
  readonly #tokens: VaultTokens;
  readonly #label: string;

  constructor(server: VaultServer, deps: VaultClientDeps) {
    const { addresses, caFile, timeoutMs } = server;
    this.#server = server;
    this.#deps = deps;
    this.#label = `vault ${server.name}`;
    this.#fetch = checkedFetch({ addresses, caFile, timeoutMs, maxBytes });
    const source = { login: () => this.#login(), renew: (id: string) => this.#renew(id) };
    this.#tokens = new VaultTokens(source, deps.clock);
  }

  /** How long the leases live at most that are made now: they end with the token. @throws CredentialFailure */
  async tokenLife(): Promise<TokenLife> {
    return (await this.#tokens.current()).life;
  }

  /**
   * @param path below /v1/
   * @returns the answer's object; an empty one for 204
   * @throws CredentialFailure
   */
  async request(method: "GET" | "POST", path: string, body: JsonObject | null = null): Promise<JsonObject> {
    const { id } = await this.#tokens.current();
    const first = await this.#send(method, path, body, id);
    if (first.status !== 403 || (await this.#isAlive(id))) return this.#read(first, method, path);
    this.#tokens.forget(id);
    const again = await this.#tokens.current();
    return this.#read(await this.#send(method, path, body, again.id), method, path);
  }

  /** Signs out: leases that were made and not revoked end with the token. */
  async close(): Promise<void> {
    const id = this.#tokens.close();
    // A token of the configuration is not the gateway's to revoke.
    if (id === null || this.#server.auth.method === "token") return;
    await this.#send("POST", "auth/token/revoke-self", {}, id).catch(() => null);
  }

  /** 403 says that a policy forbids it, or that the token is over; only the first lets the token look itself up. */
  async #isAlive(id: string): Promise<boolean> {
    return (await this.#send("GET", "auth/token/lookup-self", null, id)).status !== 403;
  }

  async #login(): Promise<GrantedToken> {
    const { auth } = this.#server;
    if (auth.method === "token") return this.#lookUp(this.#secret(auth.tokenReference));
    const { path, body } = loginRequest(auth, (reference) => this.#secret(reference));
    return grantedBy(this.#read(await this.#send("POST", path, body, null), "POST", path), this.#label);
  }

  async #lookUp(id: string): Promise<GrantedToken> {
    const path = "auth/token/lookup-self";
    const { data } = this.#read(await this.#send("GET", path, null, id), "GET", path);
    if (!isJsonObject(data)) throw new CredentialFailure("refused", `${this.#label} does not describe its token`);
    return { id, ttlMs: Number(data["ttl"] ?? 0) * 1_000, renewable: data["renewable"] === true };
  }

  async #renew(id: string): Promise<GrantedToken> {
    const path = "auth/token/renew-self";
    return grantedBy(this.#read(await this.#send("POST", path, {}, id), "POST", path), this.#label);
  }

  #secret(reference: string): string {
    try {
      return this.#deps.secret(reference);
    } catch (failure) {
      throw new CredentialFailure("misconfigured", (failure as Error).message, failure);
    }
  }

  async #send(
    method: "GET" | "POST",
    path: string,
    body: JsonObject | null,
    token: string | null,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { address, namespace } = this.#server;
    try {
      const response = await this.#fetch(`${address}/v1/${path}`, {
        method,
        headers: {
          accept: "application/json",
          // What a page or a redirect makes somebody send has it not (developer.hashicorp.com/vault/api-docs#the-x-vault-request-header).
          "x-vault-request": "true",
          ...(body === null ? {} : { "content-type": "application/json" }),
          ...(token === null ? {} : { "x-vault-token": token }),
          ...(namespace === null ? {} : { "x-vault-namespace": namespace }),
        },
        body: body === null ? null : JSON.stringify(body),
      });
      return { status: response.status, text: await response.text() };
    } catch (thrown) {
      throw unreachable(this.#label, thrown);
    }
  }

  #read({ status, text }: { status: number; text: string }, method: string, path: string): JsonObject {
    if (status === 204) return {};
    if (status !== 200) throw answeredBadly(this.#label, status, `${method} ${path}`);
    try {
      const answer: unknown = parseJson(text);
      if (isJsonObject(answer)) return answer;
    } catch {
      // Said below: the parser's message quotes the text.
    }
    throw new CredentialFailure("unreachable", `${this.#label} answered ${method} ${path} with no JSON object`);
  }
}

/** The request that signs in by a method, with what it proves read now. @throws what `secret` throws */
function loginRequest(
  auth: Exclude<VaultAuth, { readonly method: "token" }>,
  secret: (reference: string) => string,
): { readonly path: string; readonly body: JsonObject } {
  const path = `auth/${auth.mount}/login`;
  if (auth.method === "approle") {
    const { roleId, secretIdReference } = auth;
    const secretId = secretIdReference === null ? {} : { secret_id: secret(secretIdReference) };
    return { path, body: { role_id: roleId, ...secretId } };
  }
  return { path, body: { jwt: secret(auth.jwtReference), ...(auth.role === null ? {} : { role: auth.role }) } };
}

/** The `auth` of a sign-in or a renewal. */
function grantedBy({ auth }: JsonObject, label: string): GrantedToken {
  const given = isJsonObject(auth) ? auth : {};
  const { client_token: id, lease_duration: seconds, renewable } = given;
  if (typeof id !== "string" || id === "" || typeof seconds !== "number")
    throw new CredentialFailure("refused", `${label} gave no token`);
  return { id, ttlMs: seconds * 1_000, renewable: renewable === true };
}
