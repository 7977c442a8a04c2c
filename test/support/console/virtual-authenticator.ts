import type { Page } from "playwright-core";

export interface VirtualAuthenticator {
  /** Whether somebody is recognised at it from now on. */
  verifiesUser(does: boolean): Promise<void>;
}

/** A platform authenticator inside Chromium (https://www.w3.org/TR/webauthn-3/#sctn-automation): real keys, no finger needed. */
export async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    verifiesUser: (does) =>
      devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: does }) as unknown as Promise<void>,
  };
}
