import { refusingTokenInCall } from "../../../gateway/identify/own-token.ts";
import type { ToolCall } from "../../../gateway/domain/tool-call.ts";
import { subject, toolCall } from "../../support/builders.ts";

const token = "eyJhbGciOi.agent-token_0123456789.c2ln";
const request = (changes: Partial<ToolCall["request"]>) => toolCall({ request: { ...toolCall().request, ...changes } });

const body = (text: string) => Buffer.from(text);
const inJson = `\\u0065${token.slice(1)}`;
const inUrl = `%65${token.slice(1)}`;

function presented(authorization: string | null) {
  const rawHeaders = authorization === null ? [] : ["Authorization", authorization];
  return { req: { rawHeaders } } as never;
}

const escapedWhole = (text: string) =>
  [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`).join("");

const calledAs = (message: string): Partial<ToolCall> => ({
  operation: { message: body(message), bodyIsWhole: false, promised: null },
});

const known = subject();
const identifies = { "at once": () => known, later: () => Promise.resolve(known) };

describe.each(Object.entries(identifies))("a caller that is identified %s", (_when, identify) => {
  const identified = async (call: ToolCall, header: string | null = `Bearer ${token}`) =>
    refusingTokenInCall(identify)(presented(header), call);

  it.each<[string, Partial<ToolCall["request"]>]>([
    ["body", { body: Buffer.from(`{"note":"my token is ${token}"}`) }],
    ["header", { headers: [["x-note", `Bearer ${token}`]] as const }],
    ["path", { segments: ["v1", token] }],
    ["query", { query: [["t", token]] as const }],
    ["name of a parameter", { query: [[token, "1"]] as const }],
    ["body, one character escaped", { body: body(`{"note":"my token is ${inJson}"}`) }],
    ["body, all characters escaped", { body: body(`{"note":"${escapedWhole(token)}"}`) }],
    ["body, after an escaped backslash", { body: body(`{"note":"\\\\${inJson}"}`) }],
    ["name of a member, escaped", { body: body(`{"${inJson}":1}`) }],
    ["_meta, escaped", { body: body(`{"method":"tools/list","params":{"_meta":{"a/b":"${inJson}"}}}`) }],
    ["form, encoded", { body: body(`note=1&t=${inUrl}`) }],
    ["name in a form, encoded", { body: body(`${inUrl}=1`) }],
    ["form, encoded, among what would be escapes of JSON", { body: body(`a=\\/&t=\\${inUrl}`) }],
    ["address in the body, encoded", { body: body(`{"url":"https:\\/\\/shop.example\\/?t=${inUrl}"}`) }],
    ["address in the body, encoded and escaped", { body: body(`{"url":"/?t=\\u0025${inUrl.slice(1)}"}`) }],
    ["path, encoded twice", { segments: ["v1", inUrl] }],
    ["query, encoded twice", { query: [["t", inUrl]] }],
    ["query, escaped", { query: [["filter", `{"t":"${inJson}"}`]] }],
    ["header, escaped", { headers: [["x-note", `{"t":"${inJson}"}`]] }],
  ])("is refused with its own token in the %s", async (_where, changes) => {
    await expect(identified(request(changes))).rejects.toMatchObject({ code: "token_in_call", status: 403 });
  });

  it.each([
    ["message that an operation was called with", calledAs(`{"params":{"_meta":{"note":"${inJson}"}}}`)],
    ["session that it names", { declaredSession: token }],
    ["intent that it declares", { declaredIntent: { text: `to send ${token}`, truncated: false } }],
  ])("is refused with its own token in the %s", async (_where, changes) => {
    await expect(identified(toolCall(changes))).rejects.toMatchObject({ code: "token_in_call", status: 403 });
  });

  it("is refused with its own token, of which a slash is escaped", async () => {
    const own = "c2Vj/cmV0+dG9rZW4=";
    const call = request({ body: body(JSON.stringify({ note: own }).replaceAll("/", "\\/")) });
    await expect(identified(call, `Bearer ${own}`)).rejects.toMatchObject({ code: "token_in_call" });
  });

  it("calls with another token of any spelling", async () => {
    const other = `${inJson} ${inUrl} \\\\u0065`.replaceAll("c2ln", "b3Ro");
    expect(await identified(request({ body: body(`{"note":"${other}"}`) }))).toBe(known);
  });

  it("calls with anything else", async () => {
    expect(await identified(toolCall())).toBe(known);
    expect(await identified(request({ body: Buffer.from("{}") }), null)).toBe(known);
    expect(await identified(request({ body: Buffer.from('{"note":"short"}') }), "Bearer short")).toBe(known);
  });
});
