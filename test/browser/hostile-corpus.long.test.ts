import type { Page } from "playwright-core";
import { marked } from "../../console/src/text/hostile-text.ts";
import { approver } from "../support/approvals/test-approvals.ts";
import { describeInChromium } from "../support/chromium.ts";
import { browse, type Browsing, listed } from "../support/console/browse.ts";
import { signIn } from "../support/console/client.ts";
import { everywhere, kinds, naughty, naughtyApproval } from "../support/console/hostile-corpus.ts";
import { sampleApproval } from "../support/console/sample-approvals.ts";
import { eventually } from "../support/eventually.ts";

/** What must never be in a page's text: it would be there without being seen, or move what is. */
const unseen =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E0FFF}]/u;
const markup =
  "main :is(script, img, iframe, object, embed, style, link, animate), main svg:not(.icon, .drawing), main a[href^='javascript']";

/** Where a request's own text stands on one card, its keys, its changes and what is said about them included. */
const places = 34;

const names = Object.keys(kinds);
const idOf = (index: number): string => `a_kind_${index}`;

const textOf = (page: Page, selector: string): Promise<string> =>
  page.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).textContent`);

/** Two frames in a row: what blocks the page would hold them up. */
const betweenFrames = (page: Page): Promise<number> =>
  page.evaluate<number>(
    "new Promise((done) => requestAnimationFrame((one) => requestAnimationFrame((two) => done(two - one))))",
  );

async function harmless(page: Page, mishaps: readonly string[]): Promise<void> {
  expect(await page.locator(markup).count()).toBe(0);
  expect(await page.evaluate("[window.pwned, [...document.querySelectorAll('h1')].length]")).toEqual([undefined, 1]);
  const raw = unseen.exec(await textOf(page, "#app"));
  expect(raw === null ? null : raw.input.slice(raw.index - 60, raw.index + 20)).toBeNull();
  expect(mishaps).toEqual([]);
}

describeInChromium("the corpus of hostile texts", () => {
  let web: Browsing;
  beforeAll(async () => {
    web = await browse();
    const now = Date.now();
    for (const [index, name] of names.entries())
      await web.running.service.add(everywhere(idOf(index), kinds[name] ?? "", now + index));
    await web.running.service.add(naughtyApproval(now + 1_000));
  });
  afterAll(() => web.close());

  test("of the list from npm is text, as a value and as a key, each string with its marks and nothing else", async () => {
    const { page, signIn, mishaps } = await web.open("/approvals/a_naughty");
    await signIn();
    await page.getByRole("button", { name: "Deny" }).waitFor();
    const values = await page.locator(".panel .json-string").allTextContents();
    expect(values).toEqual(naughty.map((text) => `"${marked(text)}"`));
    const keys = await page.locator(".panel .json > li > .json > li > .json-key").allTextContents();
    const own = keys.slice(naughty.length).map((key) => key.replace(/^"(.*)"$/su, "$1"));
    expect(new Set(own)).toEqual(new Set(naughty.map(marked)));
    await harmless(page, mishaps);
  });

  test("is shown as marked text in every place of a card that a request can reach", async () => {
    const { page, signIn, mishaps } = await web.open(`/approvals/${idOf(0)}`);
    await signIn();
    await listed(page);
    for (const [index, name] of names.entries()) {
      if (index > 0) await page.keyboard.press("j");
      await page.waitForURL(`**/${idOf(index)}`);
      const shown = marked(kinds[name] ?? "");
      const summary = page.locator("h2.summary");
      await eventually(`${name} is shown`, async () => ((await summary.textContent()) === shown ? true : null));
      await page.locator("#deny").waitFor();
      const article = await textOf(page, "article");
      // Summary, agent, person, tool, reason, purpose, intent, task, labels, earlier call, path, arguments, changes.
      expect([name, article.split(shown).length - 1 >= places]).toEqual([name, true]);
      await harmless(page, mishaps);
    }
  }, 180_000);

  test("is marked text on the pages of grants, access and fatigue too", async () => {
    const client = await signIn(web.running);
    const dana = { ...approver, id: "dana", name: "dana" };
    for (const [index, name] of names.entries()) {
      const text = kinds[name] ?? "";
      const binding = {
        reversible: true,
        tool: text,
        acting_for: text,
        subject: { issuer: text, id: text, key: null },
      };
      const scope = { kind: "uses", uses: 2, seconds: 600, same: "arguments" } as const;
      await web.running.service.add(
        sampleApproval({ id: `a_g${index}`, created: Date.now(), binding, requirement: { scope } }),
      );
      const digest = (await web.running.service.get(`a_g${index}`))?.action_digest ?? "";
      await web.running.service.vote(`a_g${index}`, digest, dana, { vote: "approve", reason: null, grant: scope });
      const revocation = { kind: "subject", target: `${text}-`, reason: text, anyway: true };
      expect((await client.request("POST", "/api/revocations", { body: revocation })).status).toBe(201);
      web.running.attention.limitReached("flood", text, [text]);
    }
    const { page, mishaps, ...visit } = await web.open("/grants");
    await visit.signIn();
    for (const [path, line] of [
      ["/grants", ".item-title"],
      ["/access", ".item-title"],
      ["/fatigue", ".item.item-top"],
    ] as const) {
      await page.goto(web.running.url + path);
      await page
        .locator(line)
        .nth(names.length - 1)
        .waitFor();
      const text = await textOf(page, "main");
      // The store of the report keeps UTF-8, which has no lone surrogates.
      const missing = names.filter((name) => !text.includes(marked((kinds[name] ?? "").trim())));
      expect([path, missing]).toEqual([path, path === "/fatigue" ? ["lone surrogates"] : []]);
      await harmless(page, mishaps);
    }
  });

  test("warns above the card and above the arguments, with the place", async () => {
    const { page, signIn } = await web.open(`/approvals/${idOf(names.indexOf("mixed scripts"))}`);
    await signIn();
    const notes = page.getByRole("note");
    await notes.nth(1).waitFor();
    expect(await notes.nth(0).textContent()).toMatch(/One word in several scripts: summary .*agent/);
    expect(await notes.nth(1).textContent()).toContain("/text");
  });

  test.each([
    ["letters", "x".repeat(1_048_576 - 8)],
    ["marks", "\u200B\u200Cx".repeat(149_796)],
    ["lines", "line\n".repeat(209_715)],
    ["foreign words", `${"\u0430\u0440 ".repeat(209_700)}`],
  ])("of a megabyte of %s is there to its end, and the page still answers", async (what, filler) => {
    const id = `a_large_${what.replace(" ", "_")}`;
    const text = `${filler}THE END`;
    expect(Buffer.byteLength(text)).toBeGreaterThan(1_000_000);
    await web.running.service.add(
      sampleApproval({ id, created: Date.now(), requirement: { summary: text }, binding: { arguments: { text } } }),
    );
    const { page, signIn, mishaps } = await web.open();
    await signIn();
    await page.goto(`${web.running.url}/approvals/${id}`);
    await page.locator("#deny:focus").waitFor();
    for (const place of [page.locator("h2.summary"), page.locator(".panel .long-text")])
      expect((await place.textContent())?.endsWith("THE END")).toBe(true);
    let tries = 0;
    // Other work of the machine passes; a page that is blocked by what is written in it stays so.
    await eventually("the page answers", async () => {
      await page.locator("#reason").fill(`still here ${(tries += 1)}`);
      return (await betweenFrames(page)) < 2_000 ? true : null;
    });
    expect(await page.locator(`a.row[href="/approvals/${id}"] .row-summary`).textContent()).toContain(
      "more characters on the card",
    );
    expect(mishaps).toEqual([]);
  });
});
