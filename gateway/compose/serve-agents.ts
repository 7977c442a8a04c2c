import type { Config } from "../config/config.ts";
import type { Clock, Logger } from "../domain/ports.ts";
import { compose, type Gateway } from "./compose.ts";
import { listenForAgents, openLog } from "./serve.ts";
import { startPolicy } from "./open-delivery.ts";

/** A gateway without a console: what people decide comes from the process that started it. */
export interface AgentsGateway {
  readonly gateway: Gateway;
  /** Where agents call: scheme://host:port. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the agents' side of a gateway, its policy active and its log open, with a clock that the caller moves.
 * @throws NoPolicy, CannotStart, Error; nothing is left running then
 */
export async function serveAgents(config: Config, logger: Logger, clock: Clock): Promise<AgentsGateway> {
  const gateway = await compose(config, logger, { others: [], acceptStore: false, clock });
  try {
    await startPolicy(gateway);
    await openLog(gateway);
    const { server, url } = await listenForAgents(gateway);
    return {
      gateway,
      url,
      async close() {
        await new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        });
        await gateway.close();
      },
    };
  } catch (failure) {
    await gateway.close();
    throw failure;
  }
}
