const options = (...names: readonly string[]): ReadonlySet<string> => new Set(names.flatMap((name) => name.split(" ")));

const each = <Value>(names: string, value: Value): (readonly [string, Value])[] =>
  names.split(" ").map((name) => [name, value] as const);

/** All of curl's, so that of several letters in one word the last is known for one that takes the next word. */
const curl = options(
  "-A -b -c -C -d -D -e -E -F -h -H -K -m -o -P -Q -r -t -T -u -U -w -x -X -y -Y -z",
  "--output --header --data --data-raw --data-binary --data-urlencode --json --form --request --user --user-agent",
  "--referer --cookie --cookie-jar --upload-file --max-time --write-out --cert --key --cacert --range --retry",
  "--retry-delay --retry-max-time --connect-timeout --output-dir --limit-rate --max-redirs --aws-sigv4 --capath",
  "--cert-type --ciphers --continue-at --create-file-mode --crlfile --curves --data-ascii --dump-header --etag-compare",
  "--etag-save --expect100-timeout --form-string --happy-eyeballs-timeout-ms --hostpubmd5 --hostpubsha256",
  "--keepalive-time --key-type --libcurl --local-port --login-options --max-filesize --netrc-file --noproxy",
  "--oauth2-bearer --parallel-max --pass --pinnedpubkey --proto --proto-default --proto-redir --pubkey --rate",
  "--request-target --service-name --speed-limit --speed-time --stderr --time-cond --tls-max --tls13-ciphers --trace",
  "--trace-ascii --url-query",
);
const wget = options(
  "-O -o -a -P -U -t -T -A -D -l -Q -R -w -X",
  "--header --post-data --post-file --method --body-data --output-document --output-file --append-output",
  "--directory-prefix --tries --timeout --wait --user-agent --user --password --level --accept --reject --referer",
  "--limit-rate --load-cookies --save-cookies --cut-dirs --waitretry --read-timeout --connect-timeout --dns-timeout",
  "--ca-certificate --certificate --private-key --max-redirect",
);
/** `-W` names a host, and `-J` several. */
const ssh = options("-B -b -c -D -E -e -F -I -i -L -l -m -O -o -p -Q -R -S -w");
const rsync = options(
  "-e -f -T -M -B",
  "--exclude --include --exclude-from --include-from --filter --files-from --log-file --temp-dir --partial-dir",
  "--backup-dir --suffix --chmod --chown --out-format --timeout --bwlimit --max-size --min-size --port --password-file",
  "--compare-dest --copy-dest --link-dest --rsh --rsync-path",
);

/** Programs whose words are hosts or URLs → their options that take the next word for a value. An option that is missing makes its value a host. */
export const hostOptions: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["curl", curl],
  ["wget", wget],
  ...each("http https xh xhs httpie", options("-o -a -A -p -s")),
  ["aria2c", options("-d -o -l -s -x -j -k -t -m")],
  ...each("ssh slogin autossh", ssh),
  ["scp", options("-c -D -F -i -l -o -P -S -X")],
  ["sftp", options("-B -b -c -D -F -i -l -o -P -R -S -s -X")],
  ["rsync", rsync],
  ["mosh", options("-p -a")],
  ...each("nc ncat netcat nc.openbsd nc.traditional", options("-w -p -s -q -i")),
  ...each("dig kdig delv", options("-b -c -k -p -t -y")),
  ["host", options("-c -N -R -t -W -m -p")],
  ...each("ping ping6 fping traceroute tracepath mtr drill resolvectl", options("-c -t -i")),
  ["psql", options("-U -c -f -p -o -P -v -F -R -T -L --username --command --file --port --output --set --variable")],
  ...each(
    "mysql mariadb mysqldump mariadb-dump mysqladmin mysqlimport",
    options("-u -e -P -D --user --execute --port --database"),
  ),
  ...each(
    "pg_dump pg_dumpall pg_restore createdb dropdb",
    options("-U -f -p -F -n -t -T -d -j --username --file --port --dbname --format --schema --table"),
  ),
  ...each("mosquitto_pub mosquitto_sub", options("-t -m -f -p -u -P -i -q --topic --message --file --port --username")),
  ...each("kcat kafkacat", options("-t -p -o -K -D -c -X -F -G")),
  ["logger", options("-t -p -f -P --tag --priority --file --port --id")],
  ["gpg", options("-u -r -o --local-user --recipient --output --homedir")],
  ["mongosh", options("-u -p --username --password --port --eval --file --authenticationDatabase")],
  ...each("ftpput ftpget ssl_client", options("-u -p -P")),
  ["redis-cli", options("-p -n -a -r -i --user --pass")],
  ...each("lynx links w3m telnet ftp socat tftp lftp axel nmap ssh-keyscan ssh-copy-id sshfs rsh rlogin", options()),
  ...each("iwr irm invoke-webrequest invoke-restmethod start-bitstransfer certutil bitsadmin", options()),
  ...each("nslookup whois smbclient websocat wscat grpcurl", options()),
]);

/** Programs each word of which, but for options, is where they send. */
export const everyWordIsPlace: ReadonlySet<string> = options("curl wget http https xh xhs aria2c lynx links w3m");

/** Programs that name their host behind an option; their other words are databases and commands. */
export const hostBehind: ReadonlyMap<string, RegExp> = new Map([
  ["psql", /^(?:-[aAbeEHlnqsStwWxXz01]*h|--ho(?:st?)?(?:=|$))/],
  ...each("mysql mariadb", /^(?:-[AabBCcEfGHiIjLmnNoqrstUvVwWX]*h|--ho(?:st?)?(?:=|$))/),
  ...each("mysqldump mariadb-dump mysqladmin mysqlimport", /^(?:-[a-zA-Z]*h|--ho(?:st?)?(?:=|$))/),
  ...each("pg_dump pg_dumpall pg_restore createdb dropdb", /^(?:-[a-zA-Z]*h|--ho(?:st?)?(?:=|$))/),
  ...each("mosquitto_pub mosquitto_sub", /^(?:-[a-zA-Z]*h|-L|--(?:host|url)(?:=|$))/),
  ...each("kcat kafkacat", /^-[a-zA-Z]*b/),
  ["logger", /^(?:-[a-zA-Z]*n|--se[a-z]*(?:=|$))/],
  ["gpg", /^--keyserver(?:=|$)/],
  ["mongosh", /^--host(?:=|$)/],
  ["redis-cli", /^-[hu]/],
]);

/** Words by which such a program is told of another host than that of its option. */
export const namesAnother: ReadonlyMap<string, RegExp> = new Map([
  ["psql", /(?:host|addr|service)\s*=/i],
  ["redis-cli", /^(?:replicaof|slaveof|migrate|meet|failover|sentinel)$/i],
]);

/** Programs that reach no other host where none is named → words by which one is nevertheless. */
export const staysWithoutHost: ReadonlyMap<string, RegExp> = new Map([
  ...each("pg_dump pg_dumpall pg_restore createdb dropdb", /(?:host|addr|service)\s*=/i),
  ...each("mysqldump mariadb-dump mysqladmin mysqlimport", /^--(?:defaults|login)/),
  ...each("logger mosquitto_pub mosquitto_sub", /^$/),
  ["gpg", /^--(?:se[a-z]*-k|rec[a-z]*-k|ref[a-z]*-k|sea|locate|fetch|auto-key)/],
]);

/** Programs whose words behind the host are a command there. */
export const runsThere: ReadonlySet<string> = options("ssh slogin");

/** Programs whose words are files of this machine unless they have a colon. */
export const copiesFiles: ReadonlySet<string> = options("scp rsync");

/** Letters of options without a value that can stand before another in one word. */
const sshLetters = "[1246AaCfGgKkMNnqsTtVvXxYy3rBRp]*";
/** The next word are hosts between this one and the last, or one behind the last. */
export const namesJump = new RegExp(`^-${sshLetters}[JW]$`);
export const jumpsBy: ReadonlySet<string> = options("ssh slogin autossh scp sftp");
const sshElsewhere: readonly RegExp[] = [
  new RegExp(`^-${sshLetters}[FS]`),
  new RegExp(`^-${sshLetters}[JW].`),
  new RegExp(`^-${sshLetters}o *"?(?:proxy|hostn|local|control|include|knownhostsc)`, "i"),
];

/** Options that lead a request elsewhere than to the hosts that its line names, or read the line's rest from a file. */
export const leadsElsewhere: ReadonlyMap<string, readonly RegExp[]> = new Map([
  [
    "curl",
    [
      /^-[^-oHdFXuAebcTmwErCDtQPyYz]*[xK].*/s,
      // Long options can be written as far as they are no other.
      /^--(?:prox|prepr|socks|connect-to?$|connect-to|reso|unix|abstract|conf|doh-u|dns-|interf|alt|haprox|variable|expand-).*/s,
    ],
  ],
  ["wget", [/^(?:-[^-OoPUtT]*[ie].*|--(?:inp|exe|conf|use-).*)$/s]],
  ["aria2c", [/^(?:-i.*|--(?:input-file|all-proxy|https?-proxy|conf-path).*)$/s]],
  ...each("http https xh xhs", [/^--(?:proxy|session).*$/s]),
  ...each("ssh slogin autossh scp sftp", sshElsewhere),
  ["rsync", [/^(?:-[a-zA-Z]*e.*|--rsh.*|--rsync-path.*)$/s]],
  ...each("nc ncat netcat nc.openbsd nc.traditional", [/^(?:-[A-Za-z46]*x.+|--proxy.*)$/s]),
  ...each("dig kdig delv", [/^-f/]),
  ["redis-cli", [/^--cluster$/]],
]);
