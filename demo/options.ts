import { parseArgs } from "node:util";

export interface DemoOptions {
  /** Unattended: a script approves, and the demo ends. */
  readonly once: boolean;
  /** One JSON object as the last line of stdout; everything for people goes to stderr. */
  readonly json: boolean;
  /** Agents port; 0 any free ports, null the standard ones. */
  readonly port: number | null;
  /** Seconds that a held call waits for people. */
  readonly decideWithin: number;
}

const standardDecideWithin = 900;

const usage = `npm start                    the demo; you approve the held calls in the browser
npm start -- --once          the same unattended: a script approves, exit 0 when every scene went as it should
npm start -- --once --json   and one JSON object as the last line of stdout
  --port N            agents port; the console takes the next one. 0: any free ports (standard with --once)
  --decide-within S   seconds that a held call waits for you, 5 to 3600 (standard 900)`;

/** The options, or the exit code when there is nothing to run: 0 after --help, 2 after a wrong one. */
export function readOptions(args: readonly string[]): DemoOptions | 0 | 2 {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        port: { type: "string" },
        "decide-within": { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.error(usage);
      return 0;
    }
    const { once, json } = values;
    const decideWithin = secondsOf(values["decide-within"]);
    return { once, json, port: portOf(values.port, once ? 0 : null), decideWithin };
  } catch (problem) {
    console.error(`${(problem as Error).message}\n\n${usage}`);
    return 2;
  }
}

function portOf(text: string | undefined, standard: number | null): number | null {
  if (text === undefined) return standard;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  // The console uses the next port.
  if (port <= 65_534) return port;
  throw new Error(`--port: expected 0 to 65534, got ${text}`);
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return standardDecideWithin;
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 5 && seconds <= 3_600) return seconds;
  throw new Error(`--decide-within: expected 5 to 3600 seconds, got ${text}`);
}
