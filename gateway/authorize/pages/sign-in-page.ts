import { oauthPrefix } from "../../domain/authorization.ts";
import type { Answer } from "../deps.ts";
import type { Interaction } from "../interactions.ts";
import { html } from "./html.ts";
import { page } from "./page.ts";
import { purposeOf } from "./purpose.ts";

interface SignInPage {
  readonly interaction: Interaction;
  /** What the form carries. */
  readonly proof: string;
  /** Why the last try failed; null at first. */
  readonly problem: string | null;
  readonly status?: number;
  readonly headers?: Answer["headers"];
}

/** Where a user of the console types name and password. */
export function signInPage({ interaction, proof, problem, status = 200, headers = {} }: SignInPage): Answer {
  const { client, route } = interaction.request;
  const content = html`<h1>Sign in</h1>
    <p>
      A program that calls itself <strong>${client.name}</strong> ${purposeOf(route).asks}. You are asked before it may.
    </p>
    <form class="card" method="post" action="${oauthPrefix}/request/${interaction.id}/sign-in">
      <input type="hidden" name="proof" value="${proof}" />
      ${problem === null ? null : html`<p class="problem" role="alert">${problem}</p>`}
      <label
        >Name
        <input
          name="user"
          autocomplete="username"
          autocapitalize="off"
          spellcheck="false"
          maxlength="200"
          required
          autofocus
      /></label>
      <label
        >Password <input name="password" type="password" autocomplete="current-password" maxlength="1024" required
      /></label>
      <button class="primary">Sign in</button>
    </form>
    <p class="quiet small">
      With the name and password of this gateway's console. If you did not start this, close the page.
    </p>`;
  return page({ title: "Sign in – Sallyport", content, status, headers });
}
