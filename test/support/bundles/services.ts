import { Services } from "../../../gateway/bundle-services/services/services.ts";
import type { CredentialDeps } from "../../../gateway/bundle-services/services/service-credential.ts";
import { quiet } from "../quiet.ts";

/** Ways to services, with secrets by reference; `env:GONE` is set nowhere. */
export function testServices(
  secrets: Readonly<Record<string, string>> = {},
  changes: Partial<CredentialDeps> = {},
): Services {
  let made = 0;
  const secretIn = (text: string): string => {
    if (text === "env:GONE") throw new Error("environment variable GONE is not set");
    return secrets[text] ?? text;
  };
  return new Services({
    secretIn,
    keyText: secretIn,
    logger: quiet,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    ids: { make: (prefix: string) => `${prefix}_${(made += 1)}` },
    ...changes,
  });
}
