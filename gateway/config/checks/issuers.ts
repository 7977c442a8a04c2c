import { createPublicKey, type JsonWebKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readSpiffeId } from "../../domain/subject.ts";
import { parseJson } from "../../lib/parse-json.ts";
import { usableKeys } from "../../lib/usable-keys.ts";
import { isLoopback } from "../../net/addresses.ts";
import type { Draft, IssuerValues } from "../draft.ts";
import { present } from "../draft.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";

export function checkIssuers(draft: Draft): Finding[] {
  return present(draft.issuers).flatMap(({ item, index }) => {
    const path = ["issuers", index];
    const kind = [...kindOptions(item, path), ...foreignWorkloads(item, path)];
    return item.development
      ? [...kind, ...development(item, path), ...endpoint(item, path)]
      : [...kind, ...keySource(item, path, draft.folder), ...bundle(item, path, draft.folder), ...endpoint(item, path)];
  });
}

type Option = "issuer" | "jwks" | "trust_domain" | "bundle" | "introspection";

/** What a kind can have besides. */
const possible: Partial<Record<IssuerValues["kind"], readonly Option[]>> = { jwt: ["introspection"] };

/** What each kind needs; everything else of this list would be ignored, and is refused instead. */
const needed: Readonly<Record<IssuerValues["kind"], readonly Option[]>> = {
  jwt: ["issuer", "jwks"],
  introspection: ["issuer", "introspection"],
  "spiffe-x509": ["trust_domain", "bundle"],
  "spiffe-jwt": ["trust_domain", "jwks"],
};
const options = ["issuer", "jwks", "trust_domain", "bundle", "introspection"] as const;
const form: Partial<Record<Option, string>> = { jwks: ": { url: … } or { file: … }" };

function kindOptions(issuer: IssuerValues, path: Path): Finding[] {
  const { kind } = issuer;
  const findings = options.flatMap((option): Finding[] => {
    const given = issuer[option] !== undefined;
    if (needed[kind].includes(option)) {
      if (given || issuer.development) return [];
      return [{ path: [...path, option], at: "value", message: `is required${form[option] ?? ""}` }];
    }
    return given && possible[kind]?.includes(option) !== true
      ? [{ path: [...path, option], at: "key", message: `means nothing to an issuer of kind ${kind}` }]
      : [];
  });
  if (issuer.workloads.length === 0 || kind.startsWith("spiffe-")) return findings;
  return [...findings, { path: [...path, "workloads"], at: "key", message: "only SPIFFE issuers have workloads" }];
}

/** None of its documents could name such a workload. */
function foreignWorkloads({ kind, trust_domain, workloads }: IssuerValues, path: Path): Finding[] {
  if (trust_domain === undefined || !kind.startsWith("spiffe-")) return [];
  return workloads.flatMap(({ id }, index) => {
    if (readSpiffeId(id)?.trustDomain === trust_domain) return [];
    const message = `is of another trust domain than ${trust_domain}, so it would never get these roles`;
    return [{ path: [...path, "workloads", index, "id"], at: "value" as const, message }];
  });
}

function development(issuer: IssuerValues, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (issuer.kind !== "jwt")
    findings.push({ path: [...path, "kind"], at: "value", message: "a development issuer is of kind jwt" });
  if (issuer.jwks !== undefined)
    findings.push({
      path: [...path, "jwks"],
      at: "key",
      message: "a development issuer makes its own key; remove jwks",
    });
  if (!issuer.algorithms.includes("ES256")) {
    findings.push({
      path: [...path, "algorithms"],
      at: "value",
      message: "a development issuer signs with ES256, which is not listed",
    });
  }
  return findings;
}

function keySource(issuer: IssuerValues, path: Path, folder: string): Finding[] {
  const jwks = issuer.jwks;
  if (jwks === undefined) return [];
  if ((jwks.url === undefined) === (jwks.file === undefined)) {
    return [{ path: [...path, "jwks"], at: "value", message: "needs either url or file" }];
  }
  if (jwks.file !== undefined) return keySetProblem(issuer, [...path, "jwks", "file"], folder);
  if (!insecure(jwks)) return [];
  return [
    {
      path: [...path, "jwks", "url"],
      at: "value",
      message: "plain http beyond loopback lets others forge tokens; use https, or say allow_insecure: true",
    },
  ];
}

function keySetProblem(issuer: IssuerValues, path: Path, folder: string): Finding[] {
  const problem = keysIn(issuer, folder).problem;
  return problem === null ? [] : [{ path, at: "value", message: problem }];
}

/** The keys of a file that may verify tokens; a problem, when it is no key set or holds no such key that is one. */
export function keysIn(
  { jwks, kind }: IssuerValues,
  folder: string,
): { readonly count: number; readonly problem: string | null } {
  const file = jwks?.file ?? "";
  try {
    const set = parseJson(readFileSync(resolve(folder, file), "utf8")) as { keys: readonly JsonWebKey[] };
    const keys = usableKeys(set, kind === "spiffe-jwt" ? "jwt-svid" : "sig");
    for (const key of keys) createPublicKey({ key, format: "jwk" });
    return { count: keys.length, problem: null };
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException;
    if (code === "ENOENT") return { count: 0, problem: `no such file: ${file}` };
    // What a parser says quotes the text, and the wrong file may hold a secret.
    const why = failure instanceof SyntaxError ? "it is not JSON" : message;
    return { count: 0, problem: `${file} is no set of public keys (${why})` };
  }
}

function bundle({ bundle: file }: IssuerValues, path: Path, folder: string): Finding[] {
  if (file === undefined) return [];
  const at = [...path, "bundle"];
  const gone = missing(file, at, folder);
  if (gone.length > 0) return gone;
  if (readFileSync(resolve(folder, file), "latin1").includes("-----BEGIN CERTIFICATE-----")) return [];
  return [{ path: at, at: "value", message: `${file} holds no certificate` }];
}

function endpoint({ introspection }: IssuerValues, path: Path): Finding[] {
  if (introspection === undefined || !insecure({ ...introspection, url: introspection.endpoint })) return [];
  return [
    {
      path: [...path, "introspection", "endpoint"],
      at: "value",
      message: "plain http beyond loopback lets others read and forge tokens; use https, or say allow_insecure: true",
    },
  ];
}

function missing(file: string, path: Path, folder: string): Finding[] {
  return existsSync(resolve(folder, file)) ? [] : [{ path, at: "value", message: `no such file: ${file}` }];
}

function insecure(source: { readonly url?: string | undefined; readonly allow_insecure: boolean }): boolean {
  if (source.url === undefined || source.allow_insecure) return false;
  const url = new URL(source.url);
  return url.protocol !== "https:" && !isLoopback(url.hostname);
}
