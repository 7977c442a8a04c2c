import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Agent, createServer, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentTls } from "../../../../gateway/listener/agent-tls.ts";
import { asRefusal } from "../../../../gateway/domain/errors.ts";
import type { Route } from "../../../../gateway/domain/route.ts";
import { type CertificateTrust, certificateTrust } from "../../../../gateway/identify/certificate/trust.ts";
import type { TrustedIssuer } from "../../../../gateway/domain/trusted-issuer.ts";
import { type Authority, type Identity, localServer } from "../../../support/certificates.ts";
import { type HandClock, identifier, silent, trustedIssuer } from "../fixtures.ts";

/** A folder of PEM files that a test may write again. */
export function pemFolder() {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-tls-"));
  return {
    write(name: string, pem: string): string {
      const path = join(dir, name);
      writeFileSync(path, pem);
      return path;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export function trustDomain(domain: string, bundleFile: string, change: Partial<TrustedIssuer> = {}): TrustedIssuer {
  return trustedIssuer(`spiffe://${domain}`, "", {
    kind: "spiffe-x509",
    trust: `spiffe-x509:spiffe://${domain}`,
    keys: { kind: "none" },
    bundleFile,
    ...change,
  });
}

export interface Listening {
  readonly trust: CertificateTrust;
  /** What identification says of one call on a connection of its own: a subject, or the code of a refusal. */
  ask(client: Identity | null, token?: string, agent?: Agent): Promise<Record<string, unknown> | string>;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly route: Route;
  readonly clock: HandClock;
  readonly clientCaFile?: string;
}

/** The agents listener's TLS with identification behind it and nothing else. */
export async function listenTls(
  server: Authority,
  files: ReturnType<typeof pemFolder>,
  options: ListenOptions,
): Promise<Listening> {
  const { certPem, keyPem } = await localServer(server);
  const clientCaFile = options.clientCaFile ?? null;
  const trust = certificateTrust(options.issuers, clientCaFile, silent);
  const tls = agentTls(
    {
      certFile: files.write("server.pem", certPem),
      keyFile: files.write("server.key", keyPem),
      clientCaFile,
      requestClientCertificate: true,
    },
    trust,
    silent,
  );
  const identify = identifier(options.issuers, options.clock, { trust });
  const listener = createServer(tls.options, (req, res) => {
    Promise.try(() => identify({ req, res }, { route: options.route })).then(
      (subject) => res.end(JSON.stringify(subject)),
      (thrown: unknown) => {
        const { code, detail } = asRefusal(thrown);
        res.end(JSON.stringify(code === "internal" ? `internal ${detail}` : code));
      },
    );
  });
  tls.follow(listener);
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  const { port } = listener.address() as AddressInfo;
  return {
    trust,
    ask: (client, token, agent) => ask(port, server, client, token, agent),
    close: () =>
      new Promise((done) => {
        listener.close(() => done());
        listener.closeAllConnections();
      }),
  };
}

function ask(port: number, server: Authority, client: Identity | null, token?: string, agent?: Agent) {
  const identity = client === null ? {} : { cert: client.certPem, key: client.keyPem };
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const path = "/payments/v1/orders/881";
  return new Promise<Record<string, unknown> | string>((done, failed) => {
    const call = httpsRequest(
      { host: "127.0.0.1", port, path, ca: server.certPem, headers, agent: agent ?? false, ...identity },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => (text += part));
        answer.on("end", () => done(JSON.parse(text) as Record<string, unknown> | string));
      },
    );
    call.on("error", failed);
    call.end();
  });
}
