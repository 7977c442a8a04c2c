import { hash, type X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { weakness } from "../../lib/weak-key.ts";

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
