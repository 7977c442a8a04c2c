import { consentPage } from "../../../../gateway/authorize/pages/consent-page.ts";
import { html } from "../../../../gateway/authorize/pages/html.ts";
import { page, sourceOf } from "../../../../gateway/authorize/pages/page.ts";
import { signInPage } from "../../../../gateway/authorize/pages/sign-in-page.ts";
import { crm } from "../../../support/oauth/authorization-server.ts";

test("escapes every text that is put into HTML, and no HTML twice", () => {
  const evil = `<b>&"'`;
  expect(html`<p title="${evil}">${evil}</p>`.text).toBe(
    '<p title="&lt;b&gt;&amp;&quot;&#39;">&lt;b&gt;&amp;&quot;&#39;</p>',
  );
  const list = html`<b>${[html`<i>${"<"}</i>`, html`<i>2</i>`]}${null}</b>`;
  expect(list.text).toBe("<b><i>&lt;</i><i>2</i></b>");
});

test.each([
  ["http://127.0.0.1:5/callback?x", "http://127.0.0.1:5"],
  ["https://app.example/back", "https://app.example"],
  ["http://[::1]:5/callback", "http:"],
  ["cursor://x/y", "cursor:"],
])("lets the form of a page lead to %s by %s alone", (address, source) => {
  expect(sourceOf(address)).toBe(source);
  const policy = page({ title: "x", content: html``, sendsTo: source }).headers["Content-Security-Policy"];
  expect(policy).toContain(`form-action 'self' ${source};`);
});

describe("the page that asks", () => {
  const client = { id: "x", name: "X", redirectUris: [], refreshes: true, secretReference: null };
  const shown = (kind: "configured" | "document" | "registered", redirectUri: string, id = "x", route = crm) =>
    consentPage({
      interaction: { id: "n_1", request: { client: { ...client, kind, id }, redirectUri, route } } as never,
      person: { subject: "u", name: "alice", account: null, by: "local", roles: ["support"] },
      roles: ["support"],
      proof: "p",
      lasts: null,
    }).body;

  test("says who vouches for the client", () => {
    expect(shown("configured", "https://app.example/")).toContain("The operator of this gateway knows this program.");
    expect(shown("document", "https://app.example/", "https://app.example/c.json")).toContain("app.example");
    expect(shown("registered", "https://app.example/")).toContain("Nobody has checked that.");
  });

  test("says where the person is sent back to", () => {
    expect(shown("registered", "http://127.0.0.1:5/callback")).toContain("a program on this computer");
    expect(shown("registered", "https://evil.example/x")).toContain("<strong>evil.example</strong>");
    expect(shown("registered", "cursor://x")).toContain("<code>cursor:</code>");
  });

  test("says what a hook may do in words for people, and of a route its server", () => {
    const own = { ...crm, id: "authzen-self", server: "authzen-self", isOwn: true };
    const hook = shown("registered", "http://127.0.0.1:5/callback", "x", own);
    expect(hook).toMatch(/whether your agent may run a command.*no tool/);
    expect(hook).not.toContain("authzen-self");
    expect(shown("registered", "https://app.example/")).toMatch(/It may call.*<strong>crm<\/strong>/s);
    const request = { client: { name: "X" }, route: own };
    const signIn = signInPage({ interaction: { id: "n_1", request } as never, proof: "p", problem: null }).body;
    expect(signIn).toContain("wants to ask this gateway whether your agent may run a command");
  });
});
