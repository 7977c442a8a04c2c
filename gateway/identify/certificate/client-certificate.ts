import { hash, type X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { weakness } from "../../lib/weak-key.ts";

/** The certificate that the other side of this connection has proven to hold the key of. */
export interface ClientCertificate {
  readonly leaf: X509Certificate;
  /** RFC 8705 §3.1: SHA-256 of its DER, base64url. */
  readonly x5t: string;
  /** It led to a certificate that this listener was given, with everything OpenSSL checks on the way. */
  readonly authorized: boolean;
  /** Why its key proves nothing; null when nothing is known against it. */
  readonly weakness: string | null;
}

const known = new WeakMap<Socket, ClientCertificate | null>();

/**
 * From this gateway's own TLS handshake only: a header in which a proxy says what it saw (RFC 9440) is not believed.
 * Null on plain connections, and when the caller showed none.
 */
export function clientCertificate(socket: Socket): ClientCertificate | null {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const found = socket instanceof TLSSocket ? fromHandshake(socket) : null;
  known.set(socket, found);
  return found;
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
