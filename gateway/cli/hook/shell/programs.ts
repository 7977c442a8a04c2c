import type { Word } from "./word.ts";

/** Programs that only start another one. */
export const wrappers: ReadonlySet<string> = new Set([
  ...["sudo", "doas", "env", "nohup", "time", "timeout", "nice", "ionice", "xargs", "command", "builtin", "exec"],
  ...[
    "setsid",
    "stdbuf",
    "watch",
    "then",
    "do",
    "else",
    "elif",
    "if",
    "while",
    "until",
    "!",
    "coproc",
    "busybox",
    "toybox",
  ],
  ...["find", "fd", "parallel", "chroot", "unshare", "nsenter", "setpriv", "systemd-run", "strace", "ltrace", "flock"],
  ...["torsocks", "torify", "proxychains", "proxychains4", "uv", "uvx", "npx", "bunx", "chrt", "taskset", "caffeinate"],
  ...["setarch", "linux32", "linux64", "prlimit", "fakeroot", "ssh-agent", "dbus-run-session", "choom", "sem"],
  ...["firejail", "bwrap"],
  ...["runuser", "su", "script", "pkexec", "gosu", "su-exec", "unbuffer", "winpty", "start", "cmd", "trap", "sshpass"],
  // Of zsh and fish.
  ...["noglob", "nocorrect", "-", "repeat", "and", "or", "not", "begin"],
]);

/** Wrappers before whose program other words stand than options. */
export const takesWords: ReadonlySet<string> = new Set(
  "timeout gosu su-exec repeat fd parallel sem setarch chroot unshare nsenter flock su runuser script cmd trap start taskset chrt busybox toybox".split(
    " ",
  ),
);

/** Programs whose code is a command line. */
export const shells: ReadonlySet<string> = new Set("sh bash zsh dash ksh mksh rbash ash csh tcsh fish".split(" "));

/** Programs that execute code → the option that it stands behind, or in; null: all their words are code. */
export const runsCode: ReadonlyMap<string, RegExp | null> = new Map<string, RegExp | null>([
  ...[...shells].map((name) => [name, /^(?:-(?=[A-Za-z]*c)[A-Za-z]+|--command(?:=.*)?)$/s] as const),
  ...["python", "pypy"].map((name) => [name, /^-[a-zA-Z]*c/] as const),
  ...["node", "bun", "deno"].map(
    (name) => [name, /^(?:-e|-p|-pe|eval|exec|--(?:eval|print)(?:=.*)?|(?:--import=)?data:.*)$/s] as const,
  ),
  ...["perl", "ruby"].map((name) => [name, /^-[a-zA-Z0-9]*[eE]/] as const),
  ...["lua", "osascript", "julia", "rscript", "groovy"].map((name) => [name, /^(?:-e|-E|--eval)/] as const),
  ...["pwsh", "powershell"].map((name) => [name, /^[-/](?:c|e)/i] as const),
  ["php", /^-[rRBE]/],
  ["eval", null],
]);

/** Commands of shells that execute a text or a file in some other way → the option that says so. */
export const runsOtherwise: ReadonlyMap<string, RegExp> = new Map([
  ["hash", /^-\w*p/],
  ["mapfile", /^-\w*C/],
  ["readarray", /^-\w*C/],
  ["compgen", /^-\w*[CFW]/],
  ["enable", /^-\w*f/],
  ...["ztcp", "zsocket", "zftp", "zargs", "sched"].map((name) => [name, /^/] as const),
]);

/** Programs whose first words are code of a language of their own. */
export const writesCode: ReadonlySet<string> = new Set("awk gawk mawk nawk".split(" "));

/** Words by which code reaches the network. */
export const codeWords =
  /sock|urllib|requests|https?\b|httpx|aiohttp|fetch|\bnet\b|\bdns\b|ftp|smtp|tcp|curl|wget|open-uri|LWP|child_process|subprocess|system|popen|spawn|exec|eval|__import__|importlib|base64|fromhex|\biwr\b|\birm\b|invoke-|webclient|download|shell script|`|\bqx\b|%x[({[]|\bnc\b|\bssh\b|\bscp\b|telnet/i;

const options = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

/** Programs that send to a place with a name of their own → the words that do; null: every call. */
export const namedPlaces: ReadonlyMap<string, ReadonlySet<string> | null> = new Map<string, ReadonlySet<string> | null>(
  [
    [
      "git",
      options(
        ...["push", "pull", "fetch", "clone", "ls-remote", "submodule", "send-email", "archive"],
        ...["send-pack", "fetch-pack", "http-push", "http-fetch", "imap-send", "svn", "p4"],
        ...["remote-http", "remote-https", "remote-ftp", "remote-ftps", "remote-ext", "request-pull", "cvsimport"],
      ),
    ],
    ["hg", options("push", "pull", "clone")],
    ["svn", options("commit", "ci", "import", "checkout", "co")],
    // npm takes a command that is written as far as it is no other.
    [
      "npm",
      options("publish", "pu", "pub", "publ", "publi", "publis", "login", "adduser", "deprecate", "unpublish", "token"),
    ],
    ...["yarn", "pnpm", "cargo", "gem", "poetry"].map((name) => [name, options("publish", "push", "login")] as const),
    ...["docker", "podman"].map((name) => [name, options("push", "login", "--push")] as const),
    ...["twine", "gh", "glab", "aws", "gsutil", "gcloud", "az", "kubectl", "helm", "rclone", "s3cmd"].map(
      (name) => [name, null] as const,
    ),
  ],
);

/** Programs that send whatever they are given. */
export const senders: ReadonlySet<string> = new Set([
  "mail",
  "mailx",
  "mutt",
  "sendmail",
  "msmtp",
  "swaks",
  "openssl",
  "at",
  "batch",
  "crontab",
  "getent",
]);

/** What some of them are told to do on this machine alone. */
const staysHere: ReadonlyMap<string, RegExp> = new Map([
  [
    "openssl",
    /^(?:rand|dgst|x509|req|genrsa|genpkey|pkey|pkeyutl|rsa|ec|ecparam|enc|base64|passwd|version|prime|asn1parse|pkcs[78]|pkcs12|sha\d+|md5)$/,
  ],
  ["crontab", /^-l$/],
  ["getent", /^(?!hosts$|ahosts)/],
  ["at", /^-l$/],
]);

export function sends(program: string, words: readonly Word[]): boolean {
  const first = words[0];
  return senders.has(program) && (first?.isOpen !== false || staysHere.get(program)?.test(first.text) !== true);
}

/** What a program is called, by whatever path: `/usr/bin/python3.12` is python, and so is `=python3` of zsh. */
export function nameOf(text: string): string {
  const name = (text.split(/[/\\]/).at(-1) ?? text).toLowerCase().replace(/^=|\.exe$/g, "");
  return /^(?:python|pypy|perl|ruby|php|lua|node)[0-9.-]*$/.test(name) ? name.replace(/[0-9.-]+$/, "") : name;
}

/** `NAME=value` or `NAME[key]=value` before a command. */
export function isAssignment(text: string): boolean {
  return /^[A-Za-z_]\w*(?:\[.*?\])?\+?=/s.test(text);
}
