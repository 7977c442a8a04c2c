import { keepingTokens } from "../../../gateway/identify/own-token.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { subject, toolCall } from "../../support/builders.ts";

const token = "eyJhbGciOi.agent-token_0123456789.c2ln";
const request = (changes: Partial<ToolCall["request"]>) => toolCall({ request: { ...toolCall().request, ...changes } });

function presented(authorization: string | null) {
  const rawHeaders = authorization === null ? [] : ["Authorization", authorization];
  return { req: { rawHeaders } } as never;
}

const known = subject();
const identifies = { "at once": () => known, later: () => Promise.resolve(known) };

describe.each(Object.entries(identifies))("a caller that is identified %s", (_when, identify) => {
  const identified = async (call: ToolCall, header: string | null = `Bearer ${token}`) =>
    keepingTokens(identify)(presented(header), call);

  it.each([
    ["body", { body: Buffer.from(`{"note":"my token is ${token}"}`) }],
    ["header", { headers: [["x-note", `Bearer ${token}`]] as const }],
    ["path", { segments: ["v1", token] }],
    ["query", { query: [["t", token]] as const }],
    ["name of a parameter", { query: [[token, "1"]] as const }],
  ])("is refused with its own token in the %s", async (_where, changes) => {
    await expect(identified(request(changes))).rejects.toMatchObject({ code: "token_in_call", status: 403 });
  });

  it("calls with anything else", async () => {
    expect(await identified(toolCall())).toBe(known);
    expect(await identified(request({ body: Buffer.from("{}") }), null)).toBe(known);
    expect(await identified(request({ body: Buffer.from('{"note":"short"}') }), "Bearer short")).toBe(known);
  });
});
