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
  ...["runuser", "su", "script", "doas", "pkexec", "gosu", "unbuffer", "winpty", "start", "cmd", "trap"],
]);

/** Wrappers before whose program other words stand than options. */
export const takesWords: ReadonlySet<string> = new Set(
  "find fd parallel chroot unshare nsenter flock su runuser script cmd trap start taskset chrt busybox toybox".split(
    " ",
  ),
);

/** Programs whose code is a command line. */
export const shells: ReadonlySet<string> = new Set("sh bash zsh dash ksh mksh rbash ash csh tcsh fish".split(" "));

/** Programs that execute code → the option that it stands behind, or in; null: all their words are code. */
export const runsCode: ReadonlyMap<string, RegExp | null> = new Map<string, RegExp | null>([
  ...[...shells].map((name) => [name, /^(?:-(?=[A-Za-z]*c)[A-Za-z]+|--command(?:=.*)?)$/s] as const),
  ...["python", "pypy"].map((name) => [name, /^-[a-zA-Z]*c/] as const),
  ...["node", "bun", "deno"].map((name) => [name, /^(?:-e|-p|-pe|eval|--(?:eval|print)(?:=.*)?)$/s] as const),
  ...["perl", "ruby"].map((name) => [name, /^-[a-zA-Z0-9]*[eE]/] as const),
  ...["lua", "osascript", "julia", "rscript", "groovy"].map((name) => [name, /^(?:-e|-E|--eval)/] as const),
  ...["pwsh", "powershell"].map((name) => [name, /^[-/](?:c|e)/i] as const),
  ["php", /^-r/],
  ["eval", null],
]);

/** Programs whose first words are code of a language of their own. */
export const writesCode: ReadonlySet<string> = new Set("awk gawk mawk nawk".split(" "));

/** What code of theirs says that starts a program or opens a connection. */
export const codeThatLeaves = /\/inet|system *\(|\|&?\s*["a-z]|"\s*\|/;

/** Words by which code reaches the network. */
export const codeWords =
  /sock|urllib|requests|https?\b|httpx|aiohttp|fetch|\bnet\b|\bdns\b|ftp|smtp|tcp|curl|wget|open-uri|LWP|child_process|subprocess|system|popen|spawn|exec|eval|__import__|importlib|base64|fromhex|\biwr\b|\birm\b|invoke-|webclient|download|shell script|`/i;

const curl = [
  "-o",
  "-H",
  "-d",
  "-F",
  "-X",
  "-u",
  "-A",
  "-e",
  "-b",
  "-c",
  "-T",
  "-K",
  "-m",
  "-w",
  "-x",
  "-E",
  "-r",
  "-C",
];
const curlLong = [
  ...["--output", "--header", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "--form"],
  ...["--request", "--user", "--user-agent", "--referer", "--cookie", "--cookie-jar", "--upload-file", "--max-time"],
  ...["--write-out", "--cert", "--key", "--cacert", "--range", "--retry", "--connect-timeout", "--output-dir"],
];
const sshElsewhere =
  /^-(?:[A-Za-z]*[FS]$|[FS]|o *(?:[Pp][Rr][Oo][Xx][Yy]|[Hh][Oo][Ss][Tt][Nn]|[Ll][Oo][Cc][Aa][Ll]|[Cc]ontrol|[Ii]nclude))/;

/** Options that lead a request elsewhere than to the hosts that its line names, or read the line's rest from a file. */
export const leadsElsewhere: ReadonlyMap<string, RegExp> = new Map([
  [
    "curl",
    /^(?:-[^-oHdFXuAebcTmwErCDtQPyYz]*[xK].*|--(?:proxy|preproxy|socks|connect-to|resolve|unix-socket|abstract-unix|config|doh-url|dns-|interface|alt-svc|haproxy|variable|expand-).*)$/s,
  ],
  ["wget", /^(?:-[^-OoPUtT]*[ie].*|--(?:input-file|execute|config|use-askpass).*)$/s],
  ["aria2c", /^(?:-i.*|--(?:input-file|all-proxy|https?-proxy|conf-path).*)$/s],
  ["http", /^--(?:proxy|session).*$/s],
  ["https", /^--(?:proxy|session).*$/s],
  ...["ssh", "scp", "sftp"].map((name) => [name, sshElsewhere] as const),
  ["rsync", /^(?:-[a-zA-Z]*e.*|--rsh.*|--rsync-path.*)$/s],
]);

/** Programs each word of which, but for options, is where they send. */
export const everyWordIsPlace: ReadonlySet<string> = new Set(
  "curl wget http https xh aria2c lynx links w3m".split(" "),
);

const wget = ["-O", "-o", "-P", "-U", "-t", "-T", "--header", "--post-data", "--post-file", "--method", "--body-data"];
const ssh = ["-i", "-p", "-l", "-o", "-F", "-b", "-c", "-e", "-L", "-R", "-D", "-W", "-S", "-m", "-P"];

const options = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

/** Programs whose words are hosts or URLs → their options that take a value. */
export const hostOptions: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["curl", options(...curl, ...curlLong)],
  ["wget", options(...wget)],
  ...["http", "https", "xh", "aria2c", "lynx", "links", "w3m"].map(
    (name) => [name, options("-o", "-d", "-a")] as const,
  ),
  ...["ssh", "scp", "sftp", "rsync", "mosh"].map((name) => [name, options(...ssh)] as const),
  ...["nc", "ncat", "netcat", "telnet", "ftp", "socat", "tftp"].map(
    (name) => [name, options("-w", "-p", "-s")] as const,
  ),
  ...["lftp", "axel", "nmap", "httpie", "xhs", "ssh-keyscan", "ssh-copy-id", "iwr", "irm", "invoke-webrequest"].map(
    (name) => [name, options()] as const,
  ),
  ...[
    "invoke-restmethod",
    "start-bitstransfer",
    "certutil",
    "bitsadmin",
    "smbclient",
    "redis-cli",
    "psql",
    "mysql",
  ].map((name) => [name, options()] as const),
  ...["dig", "nslookup", "host", "ping", "ping6", "traceroute", "tracepath", "drill", "kdig", "resolvectl"].map(
    (name) => [name, options("-c", "-t", "-i")] as const,
  ),
]);

/** Programs that send to a place with a name of their own → the words that do; null: every call. */
export const namedPlaces: ReadonlyMap<string, ReadonlySet<string> | null> = new Map<string, ReadonlySet<string> | null>(
  [
    ["git", options("push", "pull", "fetch", "clone", "ls-remote", "submodule", "send-email", "archive")],
    ["hg", options("push", "pull", "clone")],
    ["svn", options("commit", "ci", "import", "checkout", "co")],
    ["npm", options("publish", "login", "adduser", "deprecate", "unpublish", "token")],
    ...["yarn", "pnpm", "cargo", "gem", "poetry"].map((name) => [name, options("publish", "push", "login")] as const),
    ...["docker", "podman"].map((name) => [name, options("push", "login")] as const),
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
]);
