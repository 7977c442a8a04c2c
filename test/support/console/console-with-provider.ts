import { freePort } from "../../../demo/gate/config-file.ts";
import type { ConsoleLogin } from "../../../gateway/admin/deps.ts";
import type { OidcSettings } from "../../../gateway/domain/settings.ts";
import { consoleSecret, type PeopleProvider, type Person, startPeopleProvider } from "../identity/people-provider.ts";
import { alice, bob, mallory, providerSettings } from "./provider-settings.ts";
import { type RunningConsole, startConsole } from "./start-console.ts";

export interface WithProvider extends RunningConsole {
  readonly provider: PeopleProvider;
}

/** A console whose people come from a real provider on another site, beside the one local user. */
export async function startConsoleWithProvider(
  given: {
    readonly people?: readonly Person[];
    readonly settings?: Partial<OidcSettings>;
    readonly login?: Partial<ConsoleLogin>;
    readonly staticDir?: string;
  } = {},
): Promise<WithProvider> {
  const port = await freePort();
  const provider = await startPeopleProvider(`http://127.0.0.1:${port}`, given.people ?? [alice, bob, mallory]);
  const settings = providerSettings(provider.issuer, given.settings);
  const { staticDir } = given;
  const running = await startConsole({
    port,
    login: { provider: settings, secret: () => consoleSecret, ...given.login },
    ...(staticDir === undefined ? {} : { staticDir }),
  });
  return {
    ...running,
    provider,
    async close() {
      await running.close();
      await provider.close();
    },
  };
}
