/** A page that a browser without scripts shows. */
export interface Shown {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What a person's browser does, without a browser: it keeps cookies, follows redirects, and sends forms. */
export class FormBrowser {
  readonly #jar = new Map<string, string>();

  /** Follows redirects as far as `home`'s and the others' pages go; a redirect to `until` is where it ends. */
  async open(url: string | URL, until: string, init: RequestInit = {}): Promise<Shown> {
    let at = new URL(url);
    let next: RequestInit = init;
    for (let steps = 0; steps < 15; steps += 1) {
      if (at.href.startsWith(until)) return { url: at, status: 0, headers: new Headers(), text: "" };
      const cookie = this.cookiesFor(at);
      const headers = { ...(next.headers as Record<string, string>), ...(cookie === "" ? {} : { cookie }) };
      const answer = await fetch(at, { ...next, headers, redirect: "manual" });
      this.#keep(at, answer);
      const location = answer.headers.get("location");
      if (location === null)
        return { url: at, status: answer.status, headers: answer.headers, text: await answer.text() };
      await answer.arrayBuffer();
      at = new URL(location, at);
      next = {};
    }
    throw new Error(`it goes round in circles: ${at.href}`);
  }

  /** Sends the form of a page as its own browser would. */
  submit(page: Shown, fields: Readonly<Record<string, string>>, until: string, headers = {}): Promise<Shown> {
    const form = formIn(page);
    const body = new URLSearchParams({ ...form.hidden, ...fields });
    const own = { origin: page.url.origin, "sec-fetch-site": "same-origin" };
    return this.open(new URL(form.action, page.url), until, {
      method: "POST",
      body: body.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", ...own, ...headers },
    });
  }

  /** As the browser would send them there; ports share cookies, as hosts have them. */
  cookiesFor({ hostname }: URL): string {
    return [...this.#jar]
      .filter(([key]) => key.startsWith(`${hostname} `))
      .map(([key, value]) => `${key.slice(hostname.length + 1)}=${value}`)
      .join("; ");
  }

  #keep({ hostname }: URL, answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      this.#jar.set(`${hostname} ${pair.slice(0, pair.indexOf("="))}`, pair.slice(pair.indexOf("=") + 1));
    }
  }
}

/** The one form of a page: where it leads, and what it carries unseen. */
export function formIn({ text, url }: Pick<Shown, "text" | "url">): {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
} {
  const [whole] = /<form[^>]*>/.exec(text) ?? [];
  if (whole === undefined) throw new Error(`no form on this page: ${text.slice(text.indexOf("<main"))}`);
  const hidden = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return {
    action: /action="([^"]*)"/.exec(whole)?.[1] ?? url.href,
    hidden: Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value])),
  };
}
