import { spoofedHeaders } from "./headers/spoofed-headers.ts";
import { jsonBodies } from "./json/json-bodies.ts";
import { pathReadings } from "./paths/path-readings.ts";
import { rawRequests } from "./requests/raw-requests.ts";
import { slowClients } from "./slow/slow-clients.ts";
import { readOptions, runChecks } from "./run-checks.ts";

/** `npm run verify:wire [-- --quick]`: nothing passes that means two things. */
const summary = await runChecks("wire", [jsonBodies, pathReadings, rawRequests, spoofedHeaders, slowClients], readOptions(process.argv.slice(2)));
process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = summary.ok ? 0 : 1;
