import { oauthPrefix } from "../../domain/authorization.ts";
import { isLoopbackRedirect } from "../../lib/redirect-uri.ts";
import type { KnownClient } from "../clients/known-client.ts";
import type { Answer } from "../deps.ts";
import type { Interaction } from "../interactions.ts";
import type { SignedInPerson } from "../person.ts";
import { html, type Html } from "./html.ts";
import { page, sourceOf } from "./page.ts";
import { purposeOf } from "./purpose.ts";

interface ConsentPage {
  readonly interaction: Interaction;
  readonly person: SignedInPerson;
  readonly roles: readonly string[];
  /** What the form carries. */
  readonly proof: string;
  /** How long the client may go on, in words; null when it gets no refresh token. */
  readonly lasts: string | null;
}

/** Asks whether this client may act for this person. What the client says of itself is shown as that. */
export function consentPage(asked: ConsentPage): Answer {
  const { client, redirectUri } = asked.interaction.request;
  const content = html`<h1>Let ${client.name} act for you?</h1>
    ${vouching(client)}
    <div class="card">${whatItMay(asked)} ${answers(asked)}</div>
    <p class="quiet small">If you did not start this yourself a moment ago, refuse.</p>`;
  return page({ title: "Allow access? – Sallyport", content, sendsTo: sourceOf(redirectUri) });
}

function whatItMay({ interaction, person, roles, lasts }: ConsentPage): Html {
  const { route, redirectUri } = interaction.request;
  const facts: readonly (readonly [string, Html])[] = [
    purposeOf(route).may,
    [
      "With your roles",
      html`<ul>
        ${roles.map((role) => html`<li>${role}</li>`)}
      </ul>`,
    ],
    ["For", html`${lasts ?? "a few minutes; then it asks again"}`],
    ["You are signed in as", html`${person.name}`],
    ["You are sent back to", destination(redirectUri)],
  ];
  return html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function answers({ interaction, proof }: ConsentPage): Html {
  return html`<p class="quiet small">
      Every call is still judged by this gateway's rules, and some wait until a person approves them.
    </p>
    <form method="post" action="${oauthPrefix}/request/${interaction.id}/answer">
      <input type="hidden" name="proof" value="${proof}" />
      <button class="primary" name="answer" value="allow">Allow</button>
      <button name="answer" value="refuse">Refuse</button>
    </form>`;
}

function vouching({ kind, id, name }: KnownClient): Html {
  if (kind === "configured") return html`<p class="claim">The operator of this gateway knows this program.</p>`;
  if (kind === "document")
    return html`<p class="claim">
      It comes from <strong>${new URL(id).host}</strong>. The name “${name}” is what it calls itself; only the host was
      checked.
    </p>`;
  return html`<p class="claim">“${name}” is what it calls itself. Nobody has checked that.</p>`;
}

function destination(redirectUri: string): Html {
  if (isLoopbackRedirect(redirectUri)) return html`a program on this computer (<code>${redirectUri}</code>)`;
  const { protocol, host } = new URL(redirectUri);
  if (protocol === "https:") return html`<strong>${host}</strong> (<code>${redirectUri}</code>)`;
  return html`a program on this device that opens <code>${protocol}</code> addresses`;
}
