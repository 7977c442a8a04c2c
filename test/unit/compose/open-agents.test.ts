import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { compose } from "../../../gateway/compose/compose.ts";
import { openAgents } from "../../../gateway/compose/open-agents.ts";
import { readConfig } from "../../../gateway/config/read-config.ts";
import { eventually } from "../../support/eventually.ts";
import { quiet } from "../../support/quiet.ts";

const dir = mkdtempSync(join(tmpdir(), "sallyport-open-agents-"));
afterAll(() => rmSync(dir, { recursive: true }));

function configFile(): string {
  const file = join(dir, "sallyport.yaml");
  const crm = { id: "crm", prefix: "/crm", rewrite: "/", protocol: "http", server: "crm", issuers: ["dev"] };
  const config = {
    version: 1,
    instance: "one",
    environment: "test",
    data_dir: "data",
    listeners: { agents: { host: "127.0.0.1", port: 0 }, console: { port: 0 } },
    issuers: [{ id: "dev", development: true }],
    routes: [
      { ...crm, audience: "urn:crm", upstream: { origin: "http://127.0.0.1:1", allow_addresses: ["loopback"] } },
    ],
    policy: { source: resolve("rego") },
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

test("tells of each connection of agents, and calls ask whether to wait for more of them", async () => {
  const gateway = await compose(readConfig(configFile()), quiet, { others: [], acceptStore: false });
  const { server } = openAgents(gateway);
  try {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    await eventually("the connection is told of", async () => (gateway.bursts.isOn() ? true : null));
    let asked = 0;
    gateway.bursts.isOn = () => {
      asked += 1;
      return asked < 3;
    };
    client.write("GET /crm/v1/tickets HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(client, "data");
    expect(asked).toBe(3);
    client.destroy();
  } finally {
    server.close();
    await gateway.close();
  }
});
