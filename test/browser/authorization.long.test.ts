/** Sign-in and consent in a real browser: what a page without scripts must do, and a policy that must let it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { describeInChromium, launchChromium } from "../support/chromium.ts";
import { challenge } from "../support/oauth/flow.ts";
import { crmRoute } from "../support/routes.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

describeInChromium("connecting with only a URL", () => {
  let gateway: TestGateway;
  let browser: Browser;
  /** The program that waits at a loopback address. */
  let program: Server;
  let came: URL[] = [];

  beforeAll(async () => {
    program = createServer((req, res) => {
      const url = new URL(req.url ?? "", "http://127.0.0.1");
      // A browser also asks for /favicon.ico, in its own time.
      if (url.pathname === "/callback") came.push(url);
      res.writeHead(200, { "content-type": "text/html" }).end("<title>Done</title><p>You can close this page.");
    });
    await new Promise<void>((done) => program.listen(0, "127.0.0.1", done));
    const clients = [{ id: "desk", name: "Desk", redirect_uris: ["http://127.0.0.1/callback"] }];
    gateway = await startGateway({
      routes: [crmRoute("http://127.0.0.1:9", { issuers: [] })],
      config: { authorization: { clients } },
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
    program?.close();
  });

  async function open(width: number, dark: boolean): Promise<{ readonly page: Page; readonly mishaps: string[] }> {
    came = [];
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: dark ? "dark" : "light",
      javaScriptEnabled: true,
    });
    const page = await context.newPage();
    const mishaps: string[] = [];
    page.on("pageerror", (error) => mishaps.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") mishaps.push(message.text());
    });
    const { port } = program.address() as AddressInfo;
    const query = new URLSearchParams({
      response_type: "code",
      client_id: "desk",
      redirect_uri: `http://127.0.0.1:${port}/callback`,
      state: "s",
      code_challenge: challenge,
      code_challenge_method: "S256",
      resource: `${gateway.agents}/mcp/crm`,
    });
    await page.goto(`${gateway.agents}/oauth/authorize?${query}`);
    return { page, mishaps };
  }

  /** Violations of impact serious or critical. The policy of the page lets no script in, so it is put in from outside. */
  async function axe(page: Page): Promise<unknown> {
    const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await page.evaluate(source);
    return page.evaluate(
      "axe.run().then(({ violations }) => violations.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id }) => id))",
    );
  }

  const fits = (page: Page) => page.evaluate("document.documentElement.scrollWidth <= innerWidth");

  test.each([
    [1280, false],
    [360, true],
  ])("signs in, asks and leads back to the program, at %i pixels", async (width, dark) => {
    const { page, mishaps } = await open(width, dark);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect([await axe(page), await fits(page)]).toEqual([[], true]);
    await page.getByLabel("Name").fill("approver");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Name").fill("approver");
    await page.getByLabel("Password").fill(await gateway.approverPassword());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Let Desk act for you?" }).waitFor();
    expect([await axe(page), await fits(page)]).toEqual([[], true]);
    const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(background).toBe(dark ? "rgb(21, 24, 27)" : "rgb(247, 247, 245)");
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(/\/callback\?code=/);
    expect(came[0]?.searchParams.get("state")).toBe("s");
    expect(came[0]?.searchParams.get("iss")).toBe(gateway.agents);
    // The wrong password is an answer with a status that browsers report.
    expect(mishaps.filter((text) => !text.includes("401"))).toEqual([]);
    await page.context().close();
  });

  test("is done by the keyboard alone, and a refusal is told to the program", async () => {
    const { page } = await open(1280, false);
    await page.locator("[autofocus]:focus").waitFor();
    await page.keyboard.type("approver");
    await page.keyboard.press("Tab");
    await page.keyboard.type(await gateway.approverPassword());
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Let Desk act for you?" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/callback\?error=access_denied/);
    expect(came).toHaveLength(1);
    await page.context().close();
  });
});
