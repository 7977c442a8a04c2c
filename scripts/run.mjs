/**
 * node scripts/run.mjs <profile> -- <command…> Installs the pinned tools when they are missing, then runs the command
 * with them first on PATH. Runs on Node ≥ 18 with nothing installed. Ends with the command's own exit code or signal;
 * with 1 when set-up failed, 2 when called wrongly.
 */
import { profiles } from "./setup/profiles.mjs";
import { runWithTools } from "./setup/run-with-tools.mjs";
import { setUpOrExplain } from "./setup/set-up.mjs";

const [profileName = "", separator, command, ...args] = process.argv.slice(2);
const steps = profiles[profileName];

if (steps === undefined || separator !== "--" || command === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(profiles).join("|")} -- <command…>\n`);
  process.exitCode = 2;
} else if (await setUpOrExplain(steps)) {
  runWithTools(command, args);
}
