import type { BundleService } from "../domain/bundle-service.ts";

/**
 * What each request to a service carries: the headers of the configuration, and the credential. `secretIn`: the secret behind a
 * reference; any other text as it is. @throws Error that names the reference
 */
export function serviceHeaders(
  { headers, bearer }: Pick<BundleService, "headers" | "bearer">,
  secretIn: (text: string) => string,
): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secretIn(value)])),
    ...(bearer !== null && { authorization: `${bearer.scheme} ${secretIn(bearer.reference)}` }),
  };
}
