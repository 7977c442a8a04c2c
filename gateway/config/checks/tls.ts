import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { Draft } from "../draft.ts";
import { present } from "../draft.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";

/** The agents listener's certificate can be used, and what needs client certificates gets to see them. */
export function checkTls(draft: Draft): Finding[] {
  const agents = draft.listeners?.agents;
  if (agents === undefined) return [];
  const { tls } = agents;
  const asked = tls?.request_client_certificate === true;
  const findings = asked ? [] : workloadsWithoutCertificates(draft);
  if (tls === undefined) return findings;
  const path = ["listeners", "agents", "tls"];
  if (tls.client_ca !== undefined && !asked) {
    findings.push({
      path: [...path, "client_ca"],
      at: "key",
      message: "callers are asked for no certificate; say request_client_certificate: true",
    });
  }
  if (agents.public_url?.startsWith("http:") === true) {
    findings.push({
      path: ["listeners", "agents", "public_url"],
      at: "value",
      message: "this listener has tls, so callers reach it by https",
    });
  }
  return [...findings, ...unusable(tls, path, draft.folder)];
}

function workloadsWithoutCertificates(draft: Draft): Finding[] {
  return present(draft.issuers)
    .filter(({ item }) => item.kind === "spiffe-x509")
    .map(({ index }) => ({
      path: ["issuers", index, "kind"],
      at: "value",
      message: "needs listeners.agents.tls with request_client_certificate: true; nobody could show a certificate",
    }));
}

interface Files {
  readonly cert: string;
  readonly key: string;
  readonly client_ca?: string | undefined;
}

/** A pair that does not fit would only show when the listener starts. The key's text is never repeated. */
function unusable(files: Files, path: Path, folder: string): Finding[] {
  const read = (name: keyof Files) => {
    try {
      return readFileSync(resolve(folder, files[name] ?? ""));
    } catch {
      return null;
    }
  };
  const named = (["cert", "key", "client_ca"] as const).filter((name) => files[name] !== undefined);
  const missing = named.filter((name) => read(name) === null);
  if (missing.length > 0) {
    return missing.map((name) => ({ path: [...path, name], at: "value", message: `cannot be read: ${files[name]}` }));
  }
  try {
    const ca = files.client_ca === undefined ? {} : { ca: read("client_ca") ?? "" };
    createSecureContext({ cert: read("cert") ?? "", key: read("key") ?? "", ...ca });
    return [];
  } catch (failure) {
    const { code } = failure as { code?: string };
    return [{ path, at: "value", message: `certificate and key cannot be used together (${code ?? "unknown error"})` }];
  }
}
