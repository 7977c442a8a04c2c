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
