import { checkShip } from "../../../../gateway/config/checks/ship.ts";
import { found, type Values } from "./found.ts";

const of = (...ship: Values[]): string[] => found(checkShip, { record: { ship } });
const keys = { access_key_id: "env:ID", secret_access_key: "env:KEY" };

test.each<[string, Values]>([
  ["a receiver behind TLS", { to: "opa", url: "https://logs.example/logs", token: "env:TOKEN" }],
  ["a receiver on this machine", { to: "otlp", url: "http://127.0.0.1:4318/v1/logs", allow_addresses: ["loopback"] }],
  ["a bucket", { to: "s3", endpoint: "https://s3.example", bucket: "logs", region: "eu", prefix: "a/b", ...keys }],
  ["syslog over TLS", { to: "syslog", host: "logs.example" }],
  ["syslog on this machine", { to: "syslog", host: "127.0.0.1", port: 514, tls: false }],
  ["standard output", { to: "stdout", format: "ecs", degraded_after: "1m", unready_after: "1m" }],
])("accepts %s", (_what, values) => {
  expect(of({ name: "siem", ...values })).toEqual([]);
});

test("wants records encrypted beyond this machine, and no option of TLS without it", () => {
  const plain = { name: "siem", to: "syslog", host: "logs.example", tls: false };
  expect(of(plain)).toEqual([
    "record.ship.0.tls (value): plain TCP beyond loopback lets others read along; leave tls at true",
  ]);
  expect(of({ ...plain, host: "::1", client: { cert: "c.pem", key: "k.pem" } })).toEqual([
    "record.ship.0.client (key): is for TLS, and tls is false",
    "record.ship.0.client.cert (value): no such file: c.pem",
    "record.ship.0.client.key (value): no such file: k.pem",
  ]);
});
