import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { publicStatusRoutes } from "../../../../gateway/admin/routes/status.ts";

let server: Server;
let port: number;
beforeAll(async () => {
  const app = express();
  publicStatusRoutes(app, {
    health: async () => ({ ready: true, findings: [] }),
    opaHealth: {} as never,
    metrics: async (format) => ({ type: "text/plain", text: `# ${format}\n` }),
    receiptKeys: { keys: [] },
  });
  await new Promise<void>((listening) => (server = app.listen(0, "127.0.0.1", () => listening())));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => new Promise((closed) => server.close(closed)));

test.each([
  // What Prometheus 3 sends.
  [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "openmetrics",
  ],
  ["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", "openmetrics"],
  ["application/openmetrics-text", "openmetrics"],
  ["application/openmetrics-text; version=0.0.1", "prometheus"],
  ["text/html,*/*;q=0.8", "prometheus"],
  ["image/png", "prometheus"],
])("who accepts %s gets the metrics in a format that it reads: %s", async (accept, format) => {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });
  expect([await answer.text(), answer.headers.get("vary")]).toEqual([
    `# ${format}\n`,
    expect.stringContaining("Accept"),
  ]);
});
