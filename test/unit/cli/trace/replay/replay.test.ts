import { mcpPathOf, pathOf, type ReplayGateway } from "../../../../../gateway/cli/trace/replay/replay-gateway.ts";
import { replayAll } from "../../../../../gateway/cli/trace/replay/replay.ts";
import { replayClock } from "../../../../../gateway/cli/trace/replay/replay-clock.ts";
import type { Session } from "../../../../../gateway/cli/trace/read/session-schema.ts";

test("each tool has a path of its own, and each server one for messages", () => {
  expect(pathOf({ server: "desk", tool: "read" })).toBe("/tools/desk/read");
  expect(mcpPathOf({ server: "desk" })).toBe("/mcp/desk");
});

test("plays no further session once it is to stop", async () => {
  const stop = new AbortController();
  const agents = { gateway: { approvals: {}, people: {}, clock: {} } };
  const issuer = { issuer: "replay" };
  const replaying = { agents, issuer, key: { thumbprint: "t" } } as unknown as ReplayGateway;
  const session = { id: "s", agent: "a", person: null, task: null, roles: [], calls: [] } as unknown as Session;
  const played: number[] = [];
  const done = (): void => {
    played.push(1);
    stop.abort();
  };
  const around = { clock: replayClock({ monotonic: () => 0 }), stop: stop.signal, done };
  await expect(replayAll(replaying, [session, session], around)).rejects.toThrow();
  expect(played).toEqual([1]);
});
