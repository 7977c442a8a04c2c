import { fork } from "node:child_process";
import { once } from "node:events";

/**
 * What a module sends, run in a process of its own: nothing that this process has in memory is part of its figures.
 * @throws Error when it ends without sending anything
 */
export async function figuresOf<Figures>(
  file: URL,
  args: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<Figures> {
  const child = fork(file, args, { execArgv: [...nodeFlags] });
  const ended = once(child, "exit");
  const sent = await Promise.race([once(child, "message"), ended.then(() => null)]);
  await ended;
  if (sent === null) throw new Error(`${file.pathname} ended without figures`);
  return sent[0] as Figures;
}
