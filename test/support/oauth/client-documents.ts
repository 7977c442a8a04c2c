import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localServer, rootAuthority } from "../certificates.ts";

/** A server with the metadata document of one client, whose id is the document's URL. */
export interface ClientDocuments {
  readonly url: string;
  /** The option `authorization.documents` that lets the gateway fetch it. */
  readonly option: object;
  close(): void;
}

export async function clientDocuments(redirectUri: string): Promise<ClientDocuments> {
  const folder = mkdtempSync(join(tmpdir(), "client-documents-"));
  const authority = await rootAuthority("Documents");
  const { certPem: cert, keyPem: key } = await localServer(authority);
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, authority.certPem);
  let url = "";
  const server = createServer({ cert, key }, (_req, res) => {
    const document = { client_id: url, client_name: "Documented", redirect_uris: [redirectUri] };
    res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/client.json`;
  return {
    url,
    option: { allow_addresses: ["loopback"], ca },
    close() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
