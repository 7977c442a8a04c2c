import { createServer, request } from "node:http";

export interface AuthorizingProxy {
  readonly origin: string;
  close(): Promise<void>;
}

/** Adds a token to each request and passes everything else on as it is: the suite itself has no tokens. */
export async function authorizingProxy(
  to: string,
  { token, port: own }: { readonly token: string; readonly port: number },
): Promise<AuthorizingProxy> {
  const { hostname, port } = new URL(to);
  const server = createServer((req, res) => {
    const headers = [...req.rawHeaders, "authorization", `Bearer ${token}`];
    const sent = request({ hostname, port, method: req.method, path: req.url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      res.flushHeaders();
      answer.pipe(res);
      answer.on("error", () => res.destroy());
    });
    sent.on("error", () => res.destroy());
    res.on("close", () => sent.destroy());
    req.pipe(sent);
  });
  await new Promise<void>((done) => server.listen(own, "127.0.0.1", done));
  return {
    origin: `http://localhost:${own}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => void server.close(() => done()));
    },
  };
}
