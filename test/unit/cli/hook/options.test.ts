import { homedir } from "node:os";
import { readOptions } from "../../../../gateway/cli/hook/options.ts";

it("reads where the gateway is, whose token counts, and what is judged elsewhere", () => {
  const words = ["cursor", "--gateway", "https://gw.example/x", "--token", "file:~/t", "--through", "crm,,payments"];
  expect(readOptions([...words, "--wait", "0", "--server", "desk", "--console", "https://c.example"])).toMatchObject({
    name: "cursor",
    through: { gateway: "https://gw.example", servers: new Set(["crm", "payments"]) },
    token: `file:${homedir()}/t`,
    waitMs: 0,
    server: "desk",
    console: "https://c.example",
  });
  expect(readOptions(["codex", "--gateway", "http://localhost:8700"])).toMatchObject({
    token: "env:SALLYPORT_HOOK_TOKEN",
    waitMs: 45_000,
    server: "local",
    console: null,
  });
});

it.each([
  [["nano", "--gateway", "https://a.example"], "say which client asks"],
  [["toString", "--gateway", "https://a.example"], "say which client asks"],
  [["codex", "cursor", "--gateway", "https://a.example"], "say which client asks"],
  [["codex"], "say where the gateway is"],
  [["codex", "--gateway", "gw"], "is not the URL of a gateway"],
  [["codex", "--gateway", "http://gw.example"], "would get the token in plain text"],
  [["codex", "--gateway", "http://127.0.0.1.evil.example"], "would get the token in plain text"],
  [["codex", "--gateway", "file:///etc"], "would get the token in plain text"],
  [["codex", "--gateway", "https://a.example", "--wait", "soon"], "--wait is a number of seconds"],
  [["codex", "--gateway", "https://a.example", "--wait", "3601"], "--wait is a number of seconds"],
  [["codex", "--gatway", "https://a.example"], "--gatway"],
])("refuses %j", (words, sentence) => {
  expect(() => readOptions(words)).toThrow(sentence);
});
