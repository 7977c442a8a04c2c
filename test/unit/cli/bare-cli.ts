/** The command line without the gateway behind `serve`: these tests are about verbs, and start faster so. */
import { runCli } from "../../../gateway/cli/run-cli.ts";

async function serve(): Promise<void> {
  process.stdout.write("started\n");
}

process.exitCode = await runCli(process.argv.slice(2), serve);
