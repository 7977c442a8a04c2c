/** What `npm pack` puts into the package: the gateway as JavaScript, since Node strips no types below node_modules, and the built console. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup/places.mjs";
import { profiles } from "./setup/profiles.mjs";
import { runCommand } from "./setup/run-command.mjs";
import { setUp } from "./setup/set-up.mjs";

const dist = join(root, "dist");
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

await setUp(profiles.serve ?? []);
rmSync(dist, { recursive: true, force: true });
await runCommand(process.execPath, [compiler, "-p", join(root, "tsconfig.package.json")]);
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && entry.name.endsWith(".js")) nameWorkers(join(entry.parentPath, entry.name));
cpSync(join(root, "console", "dist"), join(dist, "console", "dist"), { recursive: true });
// Where the compiled gateway looks for its policy library.
cpSync(join(root, "rego"), join(dist, "rego"), { recursive: true });

/** The compiler rewrites imports, and not the address of a worker. @param {string} file */
function nameWorkers(file) {
  const text = readFileSync(file, "utf8");
  const named = text.replaceAll(/new URL\("(\.[^"]*)\.ts", import\.meta\.url\)/g, 'new URL("$1.js", import.meta.url)');
  if (named !== text) writeFileSync(file, named);
}
