import { Agent, fetch as undiciFetch } from "undici";
import type { Authority, Identity } from "../certificates.ts";

export type Fetch = typeof fetch;

/** `fetch` that trusts this authority's servers, and shows this certificate when it is asked for one. */
export function fetchOver(authority: Authority, client?: Identity): Fetch {
  const identity = client === undefined ? {} : { cert: client.certPem, key: client.keyPem };
  const dispatcher = new Agent({ connect: { ca: authority.certPem, ...identity }, keepAliveTimeout: 1 });
  return ((url: string, init: object = {}) => undiciFetch(url, { ...init, dispatcher })) as never;
}
