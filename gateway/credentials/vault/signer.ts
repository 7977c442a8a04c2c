import type { JsonWebKey } from "node:crypto";
import { CredentialFailure } from "../../domain/credential.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import type { VaultSigningKey } from "../../domain/vault-credential.ts";
import { within } from "../../lib/event-loop.ts";
import { isJsonObject } from "../../lib/json.ts";
import type { JwtSigner } from "../own-keys.ts";
import type { VaultClient } from "./client.ts";
import { type KeyVersion, type SigningKeys, signingKeysIn, versionFor } from "./signing-keys.ts";

export interface VaultSignerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: Pick<VaultClient, "request">;
}

/** A failure to read the keys is remembered this long: while Vault is down, not every call waits for it. */
const failureMs = 1_000;
const never = new AbortController().signal;

interface Known {
  readonly keys: SigningKeys;
  /** On the monotonic clock. */
  readonly at: number;
}

/** Signs JWTs with a key that never leaves Vault's transit engine. Each signature is one request there. */
export class VaultSigner implements JwtSigner {
  readonly #key: VaultSigningKey;
  readonly #deps: VaultSignerDeps;
  readonly #label: string;
  #known: Known | null = null;
  #reading: Promise<SigningKeys> | null = null;
  #failed: { readonly failure: unknown; readonly until: number } | null = null;

  constructor(key: VaultSigningKey, deps: VaultSignerDeps) {
    this.#key = key;
    this.#deps = deps;
    this.#label = `vault ${key.server.name}: ${key.mount}/keys/${key.name}`;
  }

  /** Of all versions that may have signed what is still good, and of those that will sign next. @throws CredentialFailure */
  async publicKeys(): Promise<readonly JsonWebKey[]> {
    return (await this.#current()).versions.map(({ jwk }) => jwk);
  }

  /** Takes no longer than one request to this server may. @throws CredentialFailure */
  async sign(claims: object, typ: string): Promise<string> {
    const { timeoutMs } = this.#key.server;
    let signed: string | null = null;
    const work = this.#signed(claims, typ).then((token) => (signed = token));
    await within(work, timeoutMs, never);
    if (signed === null)
      throw new CredentialFailure("unreachable", `${this.#label} did not sign within ${timeoutMs} ms`);
    return signed;
  }

  async #signed(claims: object, typ: string): Promise<string> {
    const keys = await this.#current();
    const first = this.#choose(keys);
    try {
      return await this.#signWith(first, keys.alg, claims, typ);
    } catch (failure) {
      // Somebody may have put this version out of use since the keys were read, to which OpenBao answers 500.
      const again = await this.#read().catch(() => null);
      if (again === null) throw failure;
      const other = this.#choose(again);
      if (other.version === first.version && other.jwk.kid === first.jwk.kid) throw failure;
      return this.#signWith(other, again.alg, claims, typ);
    }
  }

  #choose(keys: SigningKeys): KeyVersion {
    return versionFor(keys, this.#deps.clock.now(), this.#key.leadMs, this.#label);
  }

  async #signWith({ version, jwk }: KeyVersion, alg: SigningKeys["alg"], claims: object, typ: string): Promise<string> {
    const { mount, name } = this.#key;
    const text = `${encoded({ alg, typ, kid: jwk.kid })}.${encoded(claims)}`;
    const { data } = await this.#deps.client.request("POST", `${mount}/sign/${name}/sha2-256`, {
      input: Buffer.from(text).toString("base64"),
      key_version: version,
      marshaling_algorithm: "jws",
      ...(alg === "RS256" ? { signature_algorithm: "pkcs1v15" } : {}),
    });
    const given = isJsonObject(data) ? data["signature"] : undefined;
    const found = /^vault:v(\d+):([\w-]+)$/.exec(typeof given === "string" ? given : "");
    if (found === null || Number(found[1]) !== version)
      throw new CredentialFailure("refused", `${this.#label} gave no signature of version ${version}`);
    return `${text}.${found[2]}`;
  }

  /** Known ones are used while newer ones are read. */
  async #current(): Promise<SigningKeys> {
    const known = this.#known;
    if (known === null) return this.#read();
    if (this.#deps.clock.monotonic() - known.at >= this.#key.refreshMs)
      this.#read().catch((failure: unknown) => this.#warn(failure));
    return known.keys;
  }

  async #read(): Promise<SigningKeys> {
    const failed = this.#failed;
    if (failed !== null && this.#deps.clock.monotonic() < failed.until) throw failed.failure;
    this.#reading ??= this.#ask().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #ask(): Promise<SigningKeys> {
    const { mount, name } = this.#key;
    const { clock, client } = this.#deps;
    try {
      const { data } = await client.request("GET", `${mount}/keys/${name}`);
      const keys = signingKeysIn(data, this.#label);
      this.#known = { keys, at: clock.monotonic() };
      this.#failed = null;
      return keys;
    } catch (failure) {
      this.#failed = { failure, until: clock.monotonic() + failureMs };
      throw failure;
    }
  }

  #warn(failure: unknown): void {
    const error = (failure as Error).message;
    this.#deps.logger.warn("the versions of a signing key could not be read anew", { key: this.#label, error });
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
