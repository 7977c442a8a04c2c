import { hash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Logger } from "../../domain/ports.ts";
import type { TrustedIssuer } from "../../domain/trusted-issuer.ts";
import { weakness } from "../../lib/weak-key.ts";

/** The certificates of one PEM file; a new object whenever the file has changed. */
export interface Bundle {
  readonly pem: string;
  readonly certificates: readonly X509Certificate[];
}

export interface CertificateTrust {
  /** PEM of every certificate authority of client certificates, for the TLS listener. */
  authorities(): string[];
  /** Whether `client_ca` is configured: certificates without a path to an authority are then refused for every use. */
  readonly clientCa: boolean;
  /** The bundle of a trust domain, by the issuer's `trust`; null when no such issuer has one. */
  bundleOf(trust: string): Bundle | null;
  /**
   * True when one file is trusted, so that OpenSSL's check is enough: with several, Node does not report which one the
   * certificate path ends in.
   */
  readonly soleBundle: boolean;
  /** Reads the files again; the last good content of an unreadable file stays. True when something has changed. */
  refresh(): boolean;
}

const clientCaName = "listeners.agents.tls.client_ca";

/** Reads the certificate files of SPIFFE issuers and of `client_ca`. @throws Error when a file cannot be read at the start */
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

/** The certificate whose key the peer of a connection has proven to hold. */
export interface ClientCertificate {
  readonly leaf: X509Certificate;
  /** RFC 8705 §3.1: SHA-256 of its DER, base64url. */
  readonly x5t: string;
  /** OpenSSL found a valid path from it to a certificate authority of this listener. */
  readonly authorized: boolean;
  /** Why its key is too weak to prove possession; null when no weakness is known. */
  readonly weakness: string | null;
}

/** The client certificate of a connection; null on plain connections, and when the caller showed none. */
export type ClientCertificateOf = (socket: Socket) => ClientCertificate | null;

/**
 * Reads client certificates, once for each connection, from this gateway's own TLS handshake only; a header in which a
 * proxy repeats a certificate (RFC 9440) is ignored.
 */
export function createClientCertificates(): ClientCertificateOf {
  const known = new WeakMap<Socket, ClientCertificate | null>();
  return function clientCertificate(socket) {
    const before = known.get(socket);
    if (before !== undefined) return before;
    const found = socket instanceof TLSSocket ? fromHandshake(socket) : null;
    known.set(socket, found);
    return found;
  };
}

function fromHandshake(socket: TLSSocket): ClientCertificate | null {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return null;
  return {
    leaf,
    x5t: hash("sha256", leaf.raw, "base64url"),
    authorized: socket.authorized,
    weakness: weakness(leaf.publicKey),
  };
}
