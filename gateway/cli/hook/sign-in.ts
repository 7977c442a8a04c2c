import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Option } from "commander";
import * as oauth from "openid-client";
import { environmentVariable } from "../../config/environment.ts";
import { ownCommand } from "../common/own-command.ts";
import { CliFailure, exits, type Verb, type VerbOptions } from "../common/verb.ts";
import { HookFailure } from "./local-call.ts";
import { gatewayOf } from "./options.ts";
import { writeSignedIn } from "./signed-in.ts";

interface SignInOptions extends VerbOptions {
  readonly gateway?: string;
  readonly file?: string;
}

const minutes = 10;

/** `sallyport sign-in`: a person agrees that the hooks of their clients ask about their agent. */
export const signIn: Verb = {
  usage: "sign-in",
  summary: "get the token of a client's hook, where the gateway is the authorization server",
  examples: ["sign-in --gateway https://gw.example", "sign-in --gateway https://gw.example --file hook.json"],
  options: [
    new Option("--gateway <url>", "address of the agents listener; default: the variable SALLYPORT_GATEWAY"),
    new Option("--file <file>", "where the tokens are kept; default: ~/.config/sallyport/hook.json"),
  ],
  async run({ printer, stop, clock }, { gateway: text, file, json }: SignInOptions) {
    const gateway = addressOf(text ?? environmentVariable("SALLYPORT_GATEWAY") ?? "");
    const path = file === undefined ? join(homedir(), ".config", "sallyport", "hook.json") : resolve(file);
    const callback = await listen(stop);
    try {
      const tokens = await tokensFor(gateway, callback, (url) =>
        printer.message(`Open this address and sign in, within ${minutes} minutes:\n${url.href}`),
      );
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeSignedIn(path, { gateway, ...tokens, expires_at: clock.now() + tokens.expires_in * 1_000 });
    } finally {
      callback.close();
    }
    const next = ownCommand(["connect", "CLIENT", "--token", `file:${path}`]);
    const told = `Signed in. The hook's token is in ${path}; next: ${next}`;
    printer.result(json, { gateway, file: path }, told);
  },
};

/** @throws CliFailure */
function addressOf(text: string): string {
  try {
    return gatewayOf(text);
  } catch (failure) {
    if (failure instanceof HookFailure) throw new CliFailure(exits.usage, "gateway_url", `${failure.message}.`);
    throw failure;
  }
}

interface Callback {
  readonly redirect: string;
  readonly answered: Promise<URL>;
  close(): void;
}

/** A place on this machine where the browser is sent back to (RFC 8252 §7.3). */
async function listen(stop: AbortSignal): Promise<Callback> {
  const { promise: answered, resolve: arrive, reject: fail } = Promise.withResolvers<URL>();
  answered.catch(() => undefined);
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? "/", redirect);
    res.statusCode = url.pathname === "/callback" ? 200 : 404;
    res.setHeader("Connection", "close");
    res.end(url.pathname === "/callback" ? "You can close this page.\n" : "");
    if (url.pathname === "/callback") arrive(url);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  const late = setTimeout(() => fail(failed("nobody has signed in")), minutes * 60_000);
  stop.addEventListener("abort", () => fail(failed("stopped")), { once: true });
  return {
    redirect,
    answered,
    close() {
      clearTimeout(late);
      server.close();
    },
  };
}

interface Tokens {
  readonly token_endpoint: string;
  readonly client_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
  /** Seconds. */
  readonly expires_in: number;
}

/** The authorization code flow of a public client with PKCE, for the gateway's own endpoint of hooks. @throws CliFailure */
async function tokensFor(gateway: string, callback: Callback, show: (url: URL) => void): Promise<Tokens> {
  const { redirect, answered } = callback;
  try {
    const client = {
      client_name: "Sallyport hook",
      redirect_uris: [redirect],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    };
    const execute = gateway.startsWith("http:") ? [oauth.allowInsecureRequests] : [];
    const settings = { algorithm: "oauth2", execute } as const;
    const config = await oauth
      .dynamicClientRegistration(new URL(gateway), client, oauth.None(), settings)
      .catch((failure: unknown) => {
        throw isNoServer(failure) ? failed(`${gateway} is no authorization server; ${withoutServer}`) : failure;
      });
    const resource = `${gateway}/access/v1/self`;
    const [pkceCodeVerifier, expectedState] = [oauth.randomPKCECodeVerifier(), oauth.randomState()];
    const challenge = await oauth.calculatePKCECodeChallenge(pkceCodeVerifier);
    const asked = { redirect_uri: redirect, state: expectedState, resource, code_challenge: challenge };
    show(oauth.buildAuthorizationUrl(config, { ...asked, code_challenge_method: "S256" }));
    const checks = { pkceCodeVerifier, expectedState };
    const tokens = await oauth.authorizationCodeGrant(config, await answered, checks, { resource });
    const { access_token, refresh_token, expires_in = 0 } = tokens;
    const { token_endpoint } = config.serverMetadata();
    const { client_id } = config.clientMetadata();
    if (refresh_token === undefined || token_endpoint === undefined) throw failed("the gateway gave no refresh token");
    return { token_endpoint, client_id, access_token, refresh_token, expires_in };
  } catch (failure) {
    if (failure instanceof CliFailure) throw failure;
    const { message, error_description } = failure as Error & { readonly error_description?: string };
    throw failed(error_description ?? message);
  }
}

const withoutServer =
  "a gateway is one where its configuration has `authorization` (docs/authorization.md), else give the hook a token of an issuer: hook --token";

/** Its metadata (RFC 8414) are not there. */
function isNoServer(failure: unknown): boolean {
  const { code, cause } = failure as { readonly code?: unknown; readonly cause?: { readonly status?: unknown } };
  return code === "OAUTH_RESPONSE_IS_NOT_CONFORM" && cause?.status === 404;
}

function failed(why: string): CliFailure {
  return new CliFailure(exits.negative, "sign_in_failed", `Nobody was signed in: ${why}.`);
}
