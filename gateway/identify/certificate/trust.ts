import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Logger } from "../../domain/ports.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";

/** The certificates of one file. Another object whenever the file has changed. */
export interface Bundle {
  readonly pem: string;
  readonly certificates: readonly X509Certificate[];
}

export interface CertificateTrust {
  /** Everything that a client certificate may lead to, for the TLS listener. */
  authorities(): string[];
  /** Whether certificates that do not lead there are refused, whatever they are used for. */
  readonly clientCa: boolean;
  /** The trust domain's bundle, by the issuer's `trust`; null when it is none of a SPIFFE issuer. */
  bundleOf(trust: string): Bundle | null;
  /** With one bundle alone, whoever is authorized leads to it: Node does not tell by which of several. */
  readonly soleBundle: boolean;
  /** Reads the files again; what cannot be read stays as it was. True when something has changed. */
  refresh(): boolean;
}

const clientCaName = "listeners.agents.tls.client_ca";

/** @throws Error when a file cannot be read at the start */
export function certificateTrust(
  issuers: readonly TrustedIssuer[],
  clientCaFile: string | null,
  logger: Logger,
): CertificateTrust {
  const files = new Map(
    issuers.flatMap(({ trust, bundleFile }) => (bundleFile === null ? [] : [[trust, bundleFile] as const])),
  );
  if (clientCaFile !== null) files.set(clientCaName, clientCaFile);
  const bundles = new Map([...files].map(([name, file]) => [name, readBundle(file)] as const));

  function refreshOne([name, file]: readonly [string, string]): boolean {
    try {
      if (readFileSync(file, "utf8") === bundles.get(name)?.pem) return false;
      bundles.set(name, readBundle(file));
      logger.info("certificates were read again", { file });
      return true;
    } catch (failure) {
      logger.warn("certificates could not be read again; the last ones stay", { file, error: String(failure) });
      return false;
    }
  }

  return {
    authorities: () => [...bundles.values()].map(({ pem }) => pem),
    clientCa: clientCaFile !== null,
    bundleOf: (trust) => bundles.get(trust) ?? null,
    soleBundle: files.size === 1,
    refresh: () => [...files].map(refreshOne).includes(true),
  };
}

function readBundle(file: string): Bundle {
  const pem = readFileSync(file, "utf8");
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${file} holds no certificate`);
  return { pem, certificates: blocks.map((block) => new X509Certificate(block)) };
}
