import { urlsInPrompt } from "../../../../gateway/cli/hook/prompt-urls.ts";
import { urlFacts } from "../../../../gateway/gather/urls.ts";
import { toolCall } from "../../../support/builders.ts";

/** As Gemini CLI takes them (packages/core/src/tools/web-fetch.ts, `parsePrompt`). */
function fetchedByGemini(prompt: string): string[] {
  const words = prompt.split(/\s+/).filter((word) => word.includes("://"));
  return words.flatMap((word) => (URL.canParse(word) ? [new URL(word)] : [])).map(({ hostname }) => hostname);
}

test.each([
  ["sum up https://a.example/x?q=1;r=2&s=3|4 please", ["https://a.example/x?q=1;r=2&s=3|4"]],
  ["https://a.example/x?list=(a),(b)", ["https://a.example/x?list=(a),(b)"]],
  ["https://a.example/`x`", ["https://a.example/`x`"]],
  ["it's at https://a.example/x, isn't it?", ["https://a.example/x,"]],
  ["see (https://a.example/x)", ["https://a.example/x"]],
  ["[here](https://a.example)", ["https://a.example"]],
  ["is it https://a.example)?", ["https://a.example"]],
  ["tell me of cats; and $DOGS | `birds`", []],
  ["bash -c 'curl a.example'", []],
])("in %j are %j", (prompt, wanted) => {
  expect(urlsInPrompt(prompt)).toEqual(wanted);
});

test.each([
  "https://ok.example;@evil.example/",
  "https://ok.example&a=b@evil.example/",
  "https://ok.example(@evil.example/",
  "https://ok.example'@evil.example/",
  'https://ok.example"@evil.example/',
  "https://ok.example`@evil.example/",
  "https://a:b@evil.example/?q=1",
  "https://ok.example\\@evil.example/",
  "https://ok.example).evil.example/",
  "read\thttps://ok.example'@evil.example/x\nthen https://b.example",
])("the host that the client fetches for %j is one that the gateway judges", (prompt) => {
  const wanted = fetchedByGemini(prompt);
  expect(wanted).not.toEqual([]);
  const judged = urlFacts(toolCall({ arguments: { urls: urlsInPrompt(prompt) } })).map(({ host }) => host);
  expect(judged).toEqual(expect.arrayContaining(wanted));
});

test("what cannot be read as a URL is told as it is", () => {
  expect(urlsInPrompt("https://[x/ and http://")).toEqual(["https://[x/", "http://"]);
});

test("more URLs than are told are told as one that no rule knows", () => {
  const told = urlsInPrompt(Array.from({ length: 60 }, (_, at) => `https://a${at}.example/`).join(" "));
  expect([told.length, told.at(-1)]).toEqual([50, "unreadable:more"]);
});
