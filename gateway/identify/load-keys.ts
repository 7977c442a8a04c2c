import { readFile } from "node:fs/promises";
import { createRemoteJWKSet, customFetch } from "jose";
import type { JSONWebKeySet } from "jose";
import { boundedAnswer } from "../net/bounded-answer.ts";
import type { KeySource } from "./trusted-issuer.ts";

const maxBytes = 1024 * 1024;

/** Reads a whole key set anew each time it is called. @throws Error */
export type LoadKeys = () => Promise<JSONWebKeySet>;

export function loadKeys(source: KeySource): LoadKeys {
  if (source.kind === "none") throw new Error("an issuer without keys signs nothing");
  return source.kind === "file" ? () => fromFile(source.path) : fromUrl(source.url, source.timeoutMs);
}

async function fromFile(path: string): Promise<JSONWebKeySet> {
  return JSON.parse(await readFile(path, "utf8")) as JSONWebKeySet;
}

/** jose fetches, follows no redirect, and checks the answer's shape; when to fetch is decided by the key set here. */
function fromUrl(url: string, timeoutMs: number): LoadKeys {
  return async () => {
    const remote = createRemoteJWKSet(new URL(url), {
      timeoutDuration: timeoutMs,
      cooldownDuration: 0,
      [customFetch]: boundedFetch,
    });
    await remote.reload();
    const set = remote.jwks();
    if (set === undefined) throw new Error("the key set is empty");
    return set;
  };
}

async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const { status, headers } = response;
  return new Response(new Uint8Array(await boundedAnswer(response, maxBytes, "the key set")), { status, headers });
}
