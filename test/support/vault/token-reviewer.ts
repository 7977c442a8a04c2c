/** The one endpoint of a Kubernetes API server that Vault's `kubernetes` sign-in asks: `TokenReview`, of one service account. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface TokenReviewer {
  readonly address: string;
  close(): Promise<void>;
}

export async function startTokenReviewer(known: {
  readonly token: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}): Promise<TokenReviewer> {
  const server = createServer((req, res) => {
    let text = "";
    req.on("data", (chunk: Buffer) => (text += chunk.toString()));
    req.on("end", () => {
      const asked = JSON.parse(text) as { spec: { token: string; audiences?: string[] } };
      const username = `system:serviceaccount:${known.namespace}:${known.serviceAccount}`;
      const authenticated = asked.spec.token === known.token;
      const { audiences } = asked.spec;
      const status = authenticated
        ? { authenticated, user: { username, uid: "uid-1", groups: [] }, audiences }
        : { authenticated };
      res.writeHead(201, { "content-type": "application/json" });
      res.end(JSON.stringify({ kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", status }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
