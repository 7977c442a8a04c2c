import type { HookClient } from "../local-call.ts";
import { cursor } from "./cursor.ts";
import { gemini } from "./gemini.ts";
import { claudeCode, codex, vscode } from "./pre-tool-use.ts";
import { windsurf } from "./windsurf.ts";

/** Every client whose hooks are understood, by the name on the command line. */
export const hookClients: Readonly<Record<string, HookClient>> = {
  "claude-code": claudeCode,
  cursor,
  vscode,
  codex,
  gemini,
  windsurf,
};
