import type { Clock, Logger } from "../../domain/ports.ts";
import { createKeySet, type KeySet, type LoadKeys } from "../../identify/token/key-set.ts";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { boundedRequest } from "../../net/bounded-request.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** What is known of an OpenID Connect provider: how it names itself, and its keys. */
export interface KnownProvider {
  /** Its own `iss`, which may have a slash at the end that the configuration leaves out. @throws Error */
  issuer(): Promise<string>;
  readonly keySet: KeySet;
}

const knownForMs = 3_600_000;
const timeoutMs = 15_000;
const mostBytes = 1024 * 1024;
const timing = { refreshMs: 300_000, cooldownMs: 30_000, staleMs: 1_800_000 };
/** The operator names the provider, and people sign in there: it may be inside the network. */
const anywhere = { addresses: new Set(["private", "loopback"] as const), insecure: false };

/** Looked up when it is first needed (OpenID Connect Discovery 1.0 §4): one that is down stops no start. */
export function knownProvider(
  configured: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): KnownProvider {
  let known: { readonly document: JsonObject; readonly until: number } | null = null;
  async function metadata(): Promise<JsonObject> {
    if (known !== null && clock.monotonic() < known.until) return known.document;
    const document = await read(`${configured.replace(/\/$/, "")}/.well-known/openid-configuration`);
    if (new URL(String(document["issuer"])).href !== new URL(configured).href)
      throw new Error(`the metadata is of another provider than ${configured}`);
    known = { document, until: clock.monotonic() + knownForMs };
    return document;
  }
  const load: LoadKeys = async () =>
    (await read(String((await metadata())["jwks_uri"]))) as unknown as Awaited<ReturnType<LoadKeys>>;
  return {
    issuer: async () => String((await metadata())["issuer"]),
    keySet: createKeySet(load, timing, { clock, logger, issuer: configured }),
  };
}

async function read(url: string): Promise<JsonObject> {
  const signal = AbortSignal.timeout(timeoutMs);
  const wanted = { method: "GET", url, headers: {}, body: null, signal, maxBytes: mostBytes } as const;
  const { status, body } = await boundedRequest(wanted, anywhere);
  const document: unknown = status === 200 ? parseJson(body.toString()) : null;
  if (!isJsonObject(document)) throw new Error(`${url} answered ${status}, and no JSON object`);
  return document;
}
