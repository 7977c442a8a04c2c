import { homedir } from "node:os";
import { join, posix, resolve, win32 } from "node:path";
import { environmentVariable } from "../../config/environment.ts";

export type System = "linux" | "darwin" | "win32";

/** Where the files of clients are on one machine. */
export interface Places {
  readonly system: System;
  readonly home: string;
  /** Of the project that a file belongs to. */
  readonly project: string;
  /** Put before the paths of the whole machine, to fill an image or a package. */
  readonly root: string;
  /** What was written is remembered here. */
  readonly state: string;
  /** Windows: %APPDATA%. */
  readonly appData: string;
  /** Codex's own folder of a user. */
  readonly codexHome: string;
}

/** Those of this process. */
export function placesHere(project: string, root: string): Places {
  const system = process.platform === "win32" || process.platform === "darwin" ? process.platform : "linux";
  const home = environmentVariable(system === "win32" ? "USERPROFILE" : "HOME") ?? homedir();
  const local = environmentVariable("LOCALAPPDATA") ?? join(home, "AppData", "Local");
  const state = system === "win32" ? local : (environmentVariable("XDG_STATE_HOME") ?? join(home, ".local", "state"));
  return {
    system,
    home,
    project: resolve(project),
    root: root === "" ? "" : resolve(root),
    state: join(state, "sallyport", "connect"),
    appData: environmentVariable("APPDATA") ?? join(home, "AppData", "Roaming"),
    codexHome: environmentVariable("CODEX_HOME") ?? join(home, ".codex"),
  };
}

/** The folder of an application's own settings of a user. */
export function applicationFolder({ system, home, appData }: Places, name: string): string {
  if (system === "win32") return join(appData, name);
  return system === "darwin" ? join(home, "Library", "Application Support", name) : join(home, ".config", name);
}

/** A path of the whole machine. */
export function systemPath({ system, root }: Places, paths: Readonly<Record<System, string>>): string {
  const path = paths[system];
  if (root === "") return path;
  return join(root, system === "win32" ? win32.relative("C:\\", path) : posix.relative("/", path));
}
