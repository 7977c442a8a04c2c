import { constants } from "node:os";
import { removeTemporaryFolders } from "../../lib/temporary-folder.ts";

/** What a verb hears of signals. */
export interface Heard {
  /** Aborted at the first Ctrl-C. */
  readonly stop: AbortSignal;
  /** The verb has ended. */
  close(): void;
}

/**
 * Ctrl-C asks a verb to stop. A second one, and SIGTERM, end it at once. SIGHUP stays as it is: whoever
 * started the verb may have it ignored (nohup(1)).
 */
export function hearSignals(): Heard {
  const interrupt = new AbortController();
  const asked = (signal: NodeJS.Signals): void => (interrupt.signal.aborted ? endedBy(signal) : interrupt.abort());
  process.on("SIGINT", asked);
  process.on("SIGTERM", endedBy);
  return {
    stop: interrupt.signal,
    close() {
      process.removeListener("SIGINT", asked);
      process.removeListener("SIGTERM", endedBy);
    },
  };
}

/** For a verb that listens to signals itself. */
export function noSignals(): Heard {
  return { stop: new AbortController().signal, close: () => undefined };
}

/**
 * Removes the temporary folders of the process, and ends it with the status that shells tell of a signal. The first process of a container
 * gets no signal that it does not listen to (pid_namespaces(7)), so the default does not do.
 */
export function endedBy(signal: NodeJS.Signals): never {
  removeTemporaryFolders();
  process.exit(128 + constants.signals[signal]);
}
