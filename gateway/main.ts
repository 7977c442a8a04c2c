import { parseArgs } from "node:util";
import { ConfigError } from "./config/config-error.ts";
import { readConfig } from "./config/read-config.ts";
import { createLogger } from "./record/logger.ts";
import { serve } from "./serve.ts";

const { values } = parseArgs({ options: { config: { type: "string", default: "sallyport.yaml" } }, allowPositionals: true });
try {
  const config = readConfig(values.config);
  const serving = await serve(config, createLogger(config.log));
  process.stderr.write(`agents call ${serving.agents}\npeople decide at ${serving.console}\n`);
  for (const { name, password } of serving.newAccounts) process.stderr.write(`first password of ${name}, told only now: ${password}\n`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void serving.stop());
} catch (failure) {
  if (!(failure instanceof ConfigError)) throw failure;
  process.stderr.write(`${failure.message}\n`);
  process.exitCode = 2;
}
