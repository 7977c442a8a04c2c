import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject, planInjection } from "../../../gateway/act/credentials/injection.ts";
import { credentialRemoved } from "../../../gateway/act/credentials/scrub.ts";
import { TokenCache } from "../../../gateway/credentials/oauth/token-cache.ts";
import { openOwnKeys } from "../../../gateway/credentials/own-keys.ts";
import { signedJwt } from "../../../gateway/credentials/signed-jwt.ts";
import { userOf } from "../../../gateway/credentials/user-of.ts";
import { systemClock, systemIds } from "../../../gateway/compose/clock-and-ids.ts";
import type { CredentialWish, MadeCredential } from "../../../gateway/domain/ports.ts";
import { digested } from "../../../gateway/domain/tool-call.ts";
import { SecretFinder } from "../../../gateway/lib/secret-finder.ts";
import { facts, subject, toolCall } from "../../support/builders.ts";

/** What is measured, in the order of the table. */
export interface Step {
  readonly name: string;
  /** Times in one batch: about a millisecond of work. */
  readonly times: number;
  run(number: number): unknown;
}

const place = { in: "header", name: "authorization", prefix: "Bearer " } as const;

/** One call of an agent that acts for a person, with 1 KB of arguments. */
function wish(): CredentialWish {
  const args = { order_id: "o-881", amount: 120, currency: "EUR", reason: "The parcel was damaged. ".repeat(40) };
  const body = Buffer.from(JSON.stringify(args));
  const request = { ...toolCall().request, ...digested("POST", "/v1/refunds", "application/json", body), body };
  return {
    call: toolCall({ arguments: args, request }),
    subject: subject({ actingFor: { id: "ann", claims: {} }, actorChain: ["refund-bot"] }),
    session: facts().session,
    task: null,
    scope: null,
    resource: null,
    ttlS: null,
    callerToken: () => null,
  };
}

/** The steps, and how what they need is put away. */
export async function credentialSteps(): Promise<{ readonly steps: readonly Step[]; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  const one = wish();
  const deps = { keys: openOwnKeys(folder), clock: systemClock, ids: systemIds(), issuer: () => "https://gw.example" };
  const jwt = signedJwt({ provider: "signed_jwt", name: "crm", place, audience: null, ttlS: 30, key: null }, deps);
  const made = await jwt.obtain(one);
  const cache = new TokenCache(systemClock);
  const cached = { key: "k", asker: "a" };
  const token = { made, lifetimeMs: 3_600_000, void: null };
  const finder = new SecretFinder([made.secrets], credentialRemoved);
  const answers = [4, 64].map((kb) => ({ kb, bytes: answerOf(kb) }));
  return {
    steps: [
      { name: "a JWT for one call", times: 20, run: () => jwt.obtain(one) },
      {
        name: "a token that is kept",
        times: 400,
        run: () => cache.get({ ...cached, user: userOf(one) }, async () => token),
      },
      { name: "put into a header", times: 400, run: () => injected(one, made) },
      ...answers.map(({ kb, bytes }) => ({
        name: `an answer of ${kb} KB looked through`,
        times: Math.ceil(100 / kb),
        run: () => finder.cleanStart(bytes),
      })),
    ],
    close: () => rmSync(folder, { recursive: true }),
  };
}

function injected({ call }: CredentialWish, made: MadeCredential): unknown {
  const { method, target: path, origin, body, headers } = call.request;
  const plan = planInjection(call, [{ name: "crm", ...made }]);
  return inject({ method, origin, path, headers: headers.flat(), body }, plan);
}

/** JSON with escapes, as texts of people have them. */
function answerOf(kb: number): Buffer {
  const mail = {
    from: "ada@partners.example",
    subject: "Re: parcel",
    body: 'Hello,\n\nthe "damaged" parcel: 100 % refund.\n',
  };
  const one = JSON.stringify(mail);
  return Buffer.from(`[${Array.from({ length: Math.floor((kb * 1_024) / (one.length + 1)) }, () => one).join(",")}]`);
}
