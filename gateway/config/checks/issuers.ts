import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isLoopback } from "../addresses.ts";
import type { Draft, IssuerValues } from "../draft.ts";
import { present } from "../draft.ts";
import type { Finding, Path } from "../locate.ts";

export function checkIssuers(draft: Draft): Finding[] {
  return present(draft.issuers).flatMap(({ item, index }) => {
    const path = ["issuers", index];
    return item.development ? development(item, path) : [...remote(item, path), ...keySource(item, path, draft.folder)];
  });
}

function development(issuer: IssuerValues, path: Path): Finding[] {
  const findings: Finding[] = [];
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

function remote(issuer: IssuerValues, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (issuer.issuer === undefined) findings.push({ path: [...path, "issuer"], at: "value", message: "is required" });
  if (issuer.jwks === undefined)
    findings.push({ path: [...path, "jwks"], at: "value", message: "is required: { url: … } or { file: … }" });
  return findings;
}

function keySource(issuer: IssuerValues, path: Path, folder: string): Finding[] {
  const jwks = issuer.jwks;
  if (jwks === undefined) return [];
  if ((jwks.url === undefined) === (jwks.file === undefined)) {
    return [{ path: [...path, "jwks"], at: "value", message: "needs either url or file" }];
  }
  if (jwks.file !== undefined && !existsSync(resolve(folder, jwks.file))) {
    return [{ path: [...path, "jwks", "file"], at: "value", message: `no such file: ${jwks.file}` }];
  }
  if (jwks.url === undefined || jwks.allow_insecure) return [];
  const url = new URL(jwks.url);
  if (url.protocol === "https:" || isLoopback(url.hostname)) return [];
  return [
    {
      path: [...path, "jwks", "url"],
      at: "value",
      message: "plain http beyond loopback lets others forge tokens; use https, or say allow_insecure: true",
    },
  ];
}
