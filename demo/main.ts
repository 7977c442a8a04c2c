import { once } from "node:events";
import { type People, readerInBrowser, scriptedApprover } from "./agent/people.ts";
import { signIn } from "./agent/approver.ts";
import { type DemoOptions, readOptions } from "./options.ts";
import { portsFor } from "./ports.ts";
import { perform, type Report } from "./perform.ts";
import { stageOf } from "./stage.ts";
import { type Terminal, terminal } from "./terminal.ts";
import { startWorld, type World } from "./world.ts";

/** Runs the demo. @returns the exit code: 0 when every scene had the expected result */
async function main(options: DemoOptions): Promise<number> {
  const out = terminal(options.json ? process.stderr : process.stdout);
  const started = performance.now();
  // SIGHUP: the terminal was closed.
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal));
  const stopped = Promise.race(signals).then(out.silence);
  const world = await startWorld(await portsFor(options.port, out), options.decideWithin);
  try {
    const setupMs = Math.round(performance.now() - started);
    const password = await world.gateway.password();
    introduce(out, world, password, setupMs);
    const people = await peopleOf(options, world, password, out);
    const stage = stageOf(world, people, options.decideWithin * 1_000);
    const report = await Promise.race([perform(stage, out), stopped.then(() => null)]);
    if (report === null) return 130;
    if (options.json) print(report, setupMs, Math.round(performance.now() - started));
    if (!options.once) {
      farewell(out, world);
      await stopped;
    }
    return report.ok ? 0 : 1;
  } finally {
    await world.close();
  }
}

function introduce(out: Terminal, { gateway, payments, crm }: World, password: string, setupMs: number): void {
  out.heading(
    `Sallyport is up after ${(setupMs / 1000).toFixed(1)} s: two tool servers, and every call to them is judged.`,
  );
  out.fact("agents", `${gateway.agents}/payments (HTTP) and ${gateway.agents}/mcp/crm (MCP)`);
  out.fact("upstreams", `${payments.origin} and ${crm.origin}`);
  out.fact("console", gateway.console);
  out.fact("sign in", `approver / ${password} (made for this run)`);
}

async function peopleOf(options: DemoOptions, { gateway }: World, password: string, out: Terminal): Promise<People> {
  const tell = (tool: string, link: string): void => out.waits(tool, link, options.decideWithin);
  if (!options.once) return readerInBrowser(gateway.console, tell);
  return scriptedApprover(await signIn(gateway.console, "approver", password));
}

function print(report: Report, setupMs: number, totalMs: number): void {
  console.log(JSON.stringify({ ...report, setup_ms: setupMs, total_ms: totalMs }));
}

function farewell(out: Terminal, { gateway, configFile, ruleFile }: World): void {
  out.heading("It keeps running until Ctrl-C. Try:");
  out.fact("look", `${gateway.console}/decisions has every decision with the rule behind it`);
  out.say("Call, in another terminal, in this folder:");
  out.command(
    `token=$(npm run --silent sallyport -- token mint --config ${configFile} --sub refund-bot --role refunds --route payments)`,
  );
  out.command(`curl -i -H "authorization: Bearer $token" ${gateway.agents}/payments/v1/orders/o-881`);
  out.fact("edit", `${ruleFile} and send the call again`);
}

const options = readOptions(process.argv.slice(2));
if (typeof options === "number") process.exit(options);
try {
  // Scenes may still wait for people when Ctrl-C ends the demo.
  process.exit(await main(options));
} catch (failure) {
  const problem = failure instanceof Error ? failure.message : String(failure);
  console.error(problem);
  if (options.json) console.log(JSON.stringify({ ok: false, scenes: [], problem }));
  process.exit(1);
}
