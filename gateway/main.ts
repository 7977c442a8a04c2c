import { endWithReader } from "./cli/common/end-with-reader.ts";
import { keepCompiledCode } from "./cli/compiled-code.ts";

keepCompiledCode();

const [noun, ...words] = process.argv.slice(2);

// A hook runs before every tool call of an agent's client, so nothing else of the gateway is loaded for it.
if (noun === "hook" && !words.includes("--help") && !words.includes("-h"))
  process.exitCode = await (await import("./cli/hook/main.ts")).hookProcess(words);
else {
  endWithReader(process.stdout);
  process.exitCode = await (await import("./cli/foreground.ts")).runSallyport(process.argv.slice(2));
}
