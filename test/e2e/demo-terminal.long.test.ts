import { spawnSync } from "node:child_process";
import { terminal } from "../../demo/terminal.ts";
import type { Scene } from "../../demo/scenes/scene.ts";

const scene = {
  name: "chain",
  title: "support-bot reads a customer's record and then posts outside: each call is fine, both together are not",
  protocol: "mcp",
} as Scene;
const said = "Blocked by policy: The session has read private data, and this tool sends data out. Do not retry.";
const decisionId = "d_ViRgpMpFluFkiQ6u-DBIDw";

function shown(columns: number): string[] {
  let text = "";
  const stream = { isTTY: false, columns, write: (part: string) => void (text += part) };
  const screen = terminal(stream as unknown as NodeJS.WriteStream);
  screen.heading("Sallyport is up after 12.6 s: two tool servers, and every call to them is judged.");
  screen.begins(scene);
  screen.ended(scene, { observed: "allow, then deny", said, executions: 0, ms: 8, decisionId });
  screen.fact("agents", "http://127.0.0.1:45269/payments (HTTP) and http://127.0.0.1:45269/mcp/crm (MCP)");
  return text.split("\n");
}

test.each([60, 80, 120])(
  "breaks lines between words where the terminal ends, and never past 100 columns",
  (columns) => {
    const lines = shown(columns);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.min(columns, 100));
    const words = lines.join(" ").replace(/[│\s]+/g, " ");
    for (const whole of [scene.title, said, decisionId, "45269/mcp/crm (MCP)", "together are not · mcp"])
      expect(words).toContain(whole);
  },
);

test.each([40, 80, 120])("a command that is pasted from %i columns is the command", (columns) => {
  const command = `printf '%s\\n' token --config /a/very/long/path/to/a/folder/sallyport.yaml --sub refund-bot "authorization: Bearer $token" http://127.0.0.1:45269/payments/v1/orders/o-881`;
  let text = "";
  const stream = { isTTY: false, columns, write: (part: string) => void (text += part) };
  terminal(stream as unknown as NodeJS.WriteStream).command(command);
  const run = (script: string) => spawnSync("bash", ["-c", script], { encoding: "utf8", env: { token: "t" } }).stdout;
  expect(run(text)).toBe(run(command));
  expect(run(command)).toContain("authorization: Bearer t\n");
  if (columns < 120) expect(text.trimEnd().split("\n").length).toBeGreaterThan(1);
});

test("a terminal counts down, and takes the line away with what is said next", () => {
  let text = "";
  const stream = { isTTY: true, columns: 80, write: (part: string) => void (text += part) };
  const screen = terminal(stream as unknown as NodeJS.WriteStream);
  screen.waits("payments/create_refund", "http://127.0.0.1:8701/approvals/a_1", 900);
  expect(text).toMatch(/15:00 left; when nobody decides, nothing runs\S*$/);
  screen.ended(scene, { observed: "hold, then expired", said, executions: 0, ms: 8, decisionId });
  expect(text.replace(/\u001b\[\d[\d;]*m/g, "")).toMatch(/\r\u001b\[K {2}⏸ held → ✔ expired: nothing ran, as intended/);
});
