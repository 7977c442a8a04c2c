import type { Logger } from "../../gateway/domain/ports.ts";

/** An operations log that nobody reads. */
export const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
