import type { Answer } from "../deps.ts";
import { html, Html } from "./html.ts";
import { style, styleSource } from "./style.ts";

interface Page {
  readonly title: string;
  readonly content: Html;
  readonly status?: number;
  /** Where the forms of this page lead besides this origin, once they are answered: a CSP source; null for nowhere. */
  readonly sendsTo?: string | null;
  readonly headers?: Answer["headers"];
}

/** Not a letter more than what its digest in the policy is of. */
const styleElement = new Html(`<style>${style}</style>`);

/** A page of this server: no script, no frame, nothing from elsewhere, nothing kept. */
export function page({ title, content, status = 200, sendsTo = null, headers = {} }: Page): Answer {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <p class="quiet small">Sallyport</p>
          ${content}
        </main>
      </body>
    </html> `;
  return {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Content-Security-Policy": policy(sendsTo),
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      // With no-referrer browsers would send forms with the Origin "null".
      "Referrer-Policy": "same-origin",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
      ...headers,
    },
    body: document.text,
  };
}

/** Browsers apply `form-action` to the redirect that answers a form too. */
function policy(sendsTo: string | null): string {
  return [
    "default-src 'none'",
    `style-src ${styleSource}`,
    "base-uri 'none'",
    `form-action 'self'${sendsTo === null ? "" : ` ${sendsTo}`}`,
    "frame-ancestors 'none'",
  ].join("; ");
}

/** The CSP source of an address that people are sent to. A source has no form for IPv6: there its scheme must do. */
export function sourceOf(address: string): string {
  const { protocol, origin, hostname } = new URL(address);
  const isWeb = protocol === "https:" || protocol === "http:";
  return isWeb && !hostname.startsWith("[") ? origin : protocol;
}
