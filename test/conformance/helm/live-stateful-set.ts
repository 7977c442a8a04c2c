import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What Helm asks a cluster for `lookup`: a StatefulSet of that name, with that many replicas. `work` gets the arguments with which Helm asks
 * it. No cluster is part of the tests.
 */
export async function withLiveStatefulSet<T>(
  { name, replicas }: { readonly name: string; readonly replicas: number },
  work: (options: readonly string[]) => Promise<T>,
): Promise<T> {
  const answers: Readonly<Record<string, object>> = {
    "/apis/apps/v1": {
      kind: "APIResourceList",
      groupVersion: "apps/v1",
      resources: [{ name: "statefulsets", kind: "StatefulSet", namespaced: true, verbs: ["get"] }],
    },
    [`/apis/apps/v1/namespaces/default/statefulsets/${name}`]: {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, namespace: "default" },
      spec: { replicas },
    },
  };
  const server = createServer((req, res) => {
    const found = answers[new URL(req.url ?? "/", "http://cluster").pathname];
    res.writeHead(found === undefined ? 404 : 200, { "Content-Type": "application/json" });
    res.end(
      JSON.stringify(found ?? { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await work(["--dry-run=server", "--kube-apiserver", origin, "--namespace", "default"]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
