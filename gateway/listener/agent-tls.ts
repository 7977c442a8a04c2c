import { constants } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Server } from "node:https";
import type { TlsOptions } from "node:tls";
import type { ListenerTls } from "../config/config.ts";
import type { Logger } from "../domain/ports.ts";
import type { CertificateTrust } from "../identify/certificate/trust.ts";

export interface AgentTls {
  readonly options: TlsOptions;
  /** Uses changed files for new connections, until the server closes. */
  follow(server: Server): void;
}

/** Certificates of workloads are valid for about an hour; renewal replaces the files. */
const lookEveryMs = 5000;

/**
 * TLS of the agents listener. Any client certificate is let through the handshake: it is checked with the call, for its
 * route, so that a failure is an error code instead of a broken connection.
 * @throws Error when a file cannot be read
 */
export function agentTls(tls: ListenerTls, trust: CertificateTrust, logger: Logger): AgentTls {
  let files = readPair(tls);
  const context = () => ({ ...files, ...authorities(tls, trust), ...fixed });

  function look(server: Server): void {
    try {
      const now = readPair(tls);
      const renewed = !now.cert.equals(files.cert) || !now.key.equals(files.key);
      if (!trust.refresh() && !renewed) return;
      files = now;
      server.setSecureContext(context());
      // An idle connection would keep the result of a handshake that was checked against the old files.
      server.closeIdleConnections();
      logger.info("the agents listener has taken changed certificates into use");
    } catch (failure) {
      logger.warn("changed certificates cannot be used; the last ones stay", { error: String(failure) });
    }
  }

  return {
    options: {
      ...context(),
      requestCert: tls.requestClientCertificate,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    },
    follow(server) {
      const timer = setInterval(() => look(server), lookEveryMs).unref();
      server.once("close", () => clearInterval(timer));
    },
  };
}

/** Without tickets every connection is a handshake of its own, checked against today's authorities and clock. */
const fixed = { minVersion: "TLSv1.2", secureOptions: constants.SSL_OP_NO_TICKET } as const;

function readPair({ certFile, keyFile }: ListenerTls): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}

/** Otherwise Node would trust its built-in list of public authorities. */
function authorities({ requestClientCertificate }: ListenerTls, trust: CertificateTrust): { readonly ca?: string[] } {
  return requestClientCertificate ? { ca: trust.authorities() } : {};
}
