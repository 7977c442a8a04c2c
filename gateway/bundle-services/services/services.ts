import type { BundleService, ServiceCredentialSettings } from "../../domain/bundle-service.ts";
import { checkedFetch, type FetchInit } from "../../net/checked-fetch.ts";
import { awsCredential } from "./aws.ts";
import { oauthCredential } from "./oauth.ts";
import type { CredentialDeps, ServiceCredential, UnprovenRequest } from "./service-credential.ts";

/** Nothing was sent, since something to prove who asks is missing. The message holds no secret. */
export class NotSent extends Error {
  override readonly name = "NotSent";
}

export interface ServiceInit extends Partial<Omit<UnprovenRequest, "url">>, Pick<FetchInit, "pauses" | "signal"> {
  /** In the place of the credential of the service; null: nothing is shown. */
  readonly authorization?: string | null;
}

/** Sends one request with the headers of the service and what proves who asks. @throws NotSent, else as `checkedFetch` */
export type ServiceFetch = (url: string, init: ServiceInit) => Promise<Response>;

/** The ways to the services of the configuration. Whatever goes to one service shares its credential. */
export class Services {
  readonly #deps: CredentialDeps;
  readonly #credentials = new Map<string, ServiceCredential>();

  constructor(deps: CredentialDeps) {
    this.#deps = deps;
  }

  /** `limits`: as those of `checkedFetch`. Redirects are not followed. */
  open(service: BundleService, limits: { readonly timeoutMs: number; readonly maxBytes: number }): ServiceFetch {
    const { addresses, tls } = service;
    const fetch = checkedFetch({ addresses, caFile: tls.caFile, client: tls.client, ...limits });
    const credential = this.#credentialOf(service);
    return async (url, init) => {
      const first = await this.#proven(service, credential, url, init);
      const answer = await fetch(url, first.init);
      // A token may have been taken back before its end.
      const isRefused = answer.status === 401 && init.authorization === undefined;
      if (!isRefused || credential?.refused(first.proof) !== true) return answer;
      return fetch(url, (await this.#proven(service, credential, url, init)).init);
    };
  }

  /** @throws NotSent */
  async #proven(
    service: BundleService,
    credential: ServiceCredential | null,
    url: string,
    { method = "GET", headers = {}, body = null, authorization, ...limits }: ServiceInit,
  ): Promise<{ readonly proof: Readonly<Record<string, string>>; readonly init: FetchInit }> {
    try {
      const known = Object.entries(service.headers).map(([name, value]) => [name, this.#deps.secretIn(value)] as const);
      const all = { ...Object.fromEntries(known), ...headers };
      const own = authorization === null || authorization === undefined ? {} : { authorization };
      const proof = authorization === undefined ? await credential?.proofOf({ method, url, headers: all, body }) : own;
      return { proof: proof ?? {}, init: { method, headers: { ...all, ...proof }, body, ...limits } };
    } catch (failure) {
      throw new NotSent((failure as Error).message, { cause: failure });
    }
  }

  #credentialOf({ name, credential }: BundleService): ServiceCredential | null {
    if (credential === null) return null;
    const known = this.#credentials.get(name) ?? serviceCredential(credential, this.#deps);
    this.#credentials.set(name, known);
    return known;
  }
}

function serviceCredential(settings: ServiceCredentialSettings, deps: CredentialDeps): ServiceCredential {
  switch (settings.kind) {
    case "bearer":
      return {
        // Read each time, so that a renewed token counts.
        async proofOf() {
          const secret = deps.secretIn(settings.reference);
          const token = settings.encoded ? Buffer.from(secret).toString("base64") : secret;
          return { authorization: `${settings.scheme} ${token}` };
        },
        refused: () => false,
      };
    case "oauth2":
      return oauthCredential(settings, deps);
    case "aws":
      return awsCredential(settings, deps);
  }
}
