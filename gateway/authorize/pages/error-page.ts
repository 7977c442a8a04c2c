import { asRefusal } from "../../domain/errors.ts";
import type { Answer } from "../deps.ts";
import { OauthError } from "../oauth-error.ts";
import { html } from "./html.ts";
import { page } from "./page.ts";

/**
 * The same where the client is known: it is told too, when the person goes back to it. Nobody is sent anywhere without a click, as
 * far as nobody vouches for where that is (RFC 9700 §4.11.2).
 */
export function returnPage(thrown: unknown, location: string): Answer {
  const { status, sentence, code } = problemOf(thrown);
  const { protocol, host } = new URL(location);
  const where = protocol === "https:" || protocol === "http:" ? host : protocol;
  const content = html`<h1>This cannot go on</h1>
    <p class="problem" role="alert">${sentence}</p>
    <p>Nothing was allowed.</p>
    <p><a href="${location}">Tell the program, at ${where}</a></p>
    <p class="quiet small">For whoever looks after it: <code>${code}</code></p>`;
  return page({ title: "This cannot go on – Sallyport", content, status });
}

/** Says plainly why it goes no further, where nobody can be sent back. Details for operators stay in the log. */
export function errorPage(thrown: unknown): Answer {
  const { status, sentence, code, retryAfterS } = problemOf(thrown);
  const content = html`<h1>This cannot go on</h1>
    <p class="problem" role="alert">${sentence}</p>
    <p>Nothing was allowed. Go back to the program that sent you here and start again from there.</p>
    <p class="quiet small">For whoever looks after it: <code>${code}</code></p>`;
  return page({
    title: "This cannot go on – Sallyport",
    content,
    status,
    headers: retryAfterS === null ? {} : { "Retry-After": String(retryAfterS) },
  });
}

interface Problem {
  readonly status: number;
  readonly sentence: string;
  readonly code: string;
  readonly retryAfterS: number | null;
}

function problemOf(thrown: unknown): Problem {
  if (thrown instanceof OauthError) {
    const { status, message, code, retryAfterS } = thrown;
    return { status: status === 401 ? 400 : status, sentence: `${capital(message)}.`, code, retryAfterS };
  }
  const { status, sentenceForCaller, code, retryAfterS } = asRefusal(thrown);
  return { status, sentence: sentenceForCaller, code, retryAfterS };
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
