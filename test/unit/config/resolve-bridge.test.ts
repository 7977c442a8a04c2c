import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveBridge } from "../../../gateway/config/resolve-bridge.ts";
import { routeSchema } from "../../../gateway/config/schema/routes.ts";
import { accountOf, groupOf } from "../../../gateway/config/system-accounts.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-bridge-"));
writeFileSync(join(folder, "server"), "#!/bin/sh\n", { mode: 0o755 });

function resolved(upstream: object) {
  const values = routeSchema.parse({ id: "r", prefix: "/r", protocol: "mcp", server: "r", issuers: ["i"], upstream });
  return resolveBridge(values.upstream, folder);
}

test("makes absolute what starts from the folder of the file, and PATH explicit", () => {
  const bridge = resolved({
    command: { run: ["./server", "--a b"], env: { KEY: "file:key", MODE: "ro" }, per: "route" },
  });
  expect(bridge).toMatchObject({
    kind: "command",
    named: "./server",
    cwd: folder,
    per: "route",
    account: null,
    idleMs: 600_000,
    env: [
      { name: "PATH", from: { value: "/usr/local/bin:/usr/bin:/bin" } },
      { name: "KEY", from: { reference: `file:${folder}/key` } },
      { name: "MODE", from: { value: "ro" } },
    ],
  });
  expect(bridge?.kind === "command" && [bridge.program, ...bridge.args].slice(-2)).toEqual([
    `${folder}/server`,
    "--a b",
  ]);
});

test("starts a limited command by what limits it", () => {
  const bridge = resolved({ command: { run: ["./server"], memory: "1GiB", files: 256 } });
  const line = bridge?.kind === "command" ? [bridge.program, ...bridge.args].join(" ") : "";
  expect(line).toContain(`/usr/bin/prlimit --core=0 --data=1073741824 --nofile=256 -- ${folder}/server`);
});

test("has no bridge for a server over HTTP, and one without options for SSE", () => {
  expect(resolved({ origin: "https://x.example" })).toBeNull();
  expect(resolved({ origin: "https://x.example", transport: "sse" })).toEqual({ kind: "sse" });
});

test("finds accounts and groups by name and number", () => {
  const [passwd, group] = [join(folder, "passwd"), join(folder, "group")];
  writeFileSync(passwd, "root:x:0:0::/root:/bin/sh\ntools:x:901:902::/:/bin/false\n");
  writeFileSync(group, "tools:x:902:\nothers:x:903:tools\n");
  const files = { passwd, group };
  expect([accountOf("tools", files), accountOf(901, files)]).toEqual(Array(2).fill({ uid: 901, gid: 902 }));
  expect([accountOf(4711, files), accountOf("4711", files)]).toEqual([{ uid: 4711, gid: 4711 }, null]);
  expect([groupOf("others", files), groupOf(5, files), groupOf("none", files)]).toEqual([903, 5, null]);
  expect(accountOf("tools", { passwd: "/nowhere", group })).toBeNull();
});
