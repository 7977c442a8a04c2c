import { FormBrowser } from "./form-browser.ts";

/** Where the browser of somebody who was sent to the gateway comes back to: the client's address, with the answer. */
export type Person = (asked: URL) => Promise<URL>;

const backOf = (asked: URL): string => asked.searchParams.get("redirect_uri") ?? "";

/** Signs in with a password on the gateway's own page, and agrees. */
export function withPassword(user: string, password: () => Promise<string>): Person {
  return async (asked) => {
    const browser = new FormBrowser();
    const signIn = await browser.open(asked, backOf(asked));
    const consent = await browser.submit(signIn, { user, password: await password() }, backOf(asked));
    return (await browser.submit(consent, { answer: "allow" }, backOf(asked))).url;
  };
}

/** Signs in at the page of a provider, which every client leads to, and agrees at the gateway. `what`: the button there. */
export function atProvider(issuer: string, who: string, what = "login"): Person {
  return async (asked) => {
    const browser = new FormBrowser();
    const there = await browser.open(asked, backOf(asked));
    if (there.url.origin !== issuer) throw new Error(`sent to ${there.url.href} instead of the provider`);
    const here = await browser.submit(there, { who, do: what }, backOf(asked));
    // Sent back already: there was nothing to agree to.
    if (here.status === 0) return here.url;
    if (!here.text.includes("act for you?")) throw new Error(`not asked to agree: ${here.text}`);
    return (await browser.submit(here, { answer: "allow" }, backOf(asked))).url;
  };
}
