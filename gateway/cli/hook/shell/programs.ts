/** Programs that only start another one. */
export const wrappers: ReadonlySet<string> = new Set([
  ...["sudo", "doas", "env", "nohup", "time", "timeout", "nice", "ionice", "xargs", "command", "builtin", "exec"],
  ...["setsid", "stdbuf", "watch", "then", "do", "else", "if", "while", "until", "!"],
]);

/** Programs that execute code → the option that it stands behind; null: all their words are code. */
export const runsCode: ReadonlyMap<string, RegExp | null> = new Map<string, RegExp | null>([
  ...["sh", "bash", "zsh", "dash", "ksh", "fish"].map((name) => [name, /^-[a-z]*c$/] as const),
  ...["python", "python2", "python3"].map((name) => [name, /^-[a-zA-Z]*c$/] as const),
  ...["node", "bun", "deno"].map((name) => [name, /^(?:-e|-p|-pe|--eval|--print|eval)$/] as const),
  ...["perl", "ruby"].map((name) => [name, /^-[a-zA-Z]*[eE]$/] as const),
  ["php", /^-r$/],
  ["eval", null],
]);

/** Words by which code reaches the network. */
export const codeWords =
  /socket|urllib|requests|https?\b|httpx|aiohttp|fetch|\bnet\b|\bdns\b|ftp|smtp|tcp|curl|wget|open-uri|LWP|child_process|subprocess|os\.system|exec/i;

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
  ...["dig", "nslookup", "host", "ping", "ping6", "traceroute"].map(
    (name) => [name, options("-c", "-t", "-i")] as const,
  ),
]);

/** Programs that send to a place with a name of their own → the words that do; null: every call. */
export const namedPlaces: ReadonlyMap<string, ReadonlySet<string> | null> = new Map<string, ReadonlySet<string> | null>(
  [
    ["git", options("push", "pull", "fetch", "clone", "ls-remote", "submodule", "send-email", "archive")],
    ["npm", options("publish", "login", "adduser", "deprecate", "unpublish", "token")],
    ...["yarn", "pnpm", "cargo", "gem", "poetry"].map((name) => [name, options("publish", "push", "login")] as const),
    ...["docker", "podman"].map((name) => [name, options("push", "login")] as const),
    ...["twine", "gh", "glab", "aws", "gsutil", "gcloud", "az", "kubectl", "helm", "rclone", "s3cmd"].map(
      (name) => [name, null] as const,
    ),
  ],
);

/** Programs that send whatever they are given. */
export const senders: ReadonlySet<string> = new Set(["mail", "mailx", "mutt", "sendmail", "msmtp", "swaks", "openssl"]);
