import { destinationsOf } from "../../../../../gateway/cli/hook/shell/destinations.ts";

test.each([
  "PGHOST=evil.example psql -c x",
  "export MYSQL_HOST=evil.example",
  "X=PGHOST=evil.example",
  "PGHOST[0]=evil.example",
  "env PGHOSTADDR+=evil.example psql -l",
])("%j tells the host", (line) => expect(destinationsOf(line)).toContain("evil.example"));

test.each([
  ...["PGHOST=$X", "PGHOST=/run/x", "printf -v PGHOST evil; export PGHOST", "printf -vPGHOST evil", "read -r PGHOST"],
  ...["for PGHOST in evil; do psql -l; done", ": ${PGHOST:=evil}", 'echo "${PGSERVICE=evil}"', "declare -n x=PGHOST"],
  ...["((PGHOST = 134744072))", "read -a PGHOST <<< evil", "mapfile -t PGHOST < x", "set -x PGHOST evil"],
  ...['X=HOST; export "PG$X=evil"', "export PG{HOST,X}=evil", 'env "$X=evil" psql -l', 'printf -v "$X" evil'],
  ...[
    'read -r "$X" <<< evil',
    "while read PGHOST; do psql -l; done",
    "builtin export PGHOST",
    'declare -gx "PG$X"=evil',
  ],
])("%j is a doubt", (line) => expect(destinationsOf(line).join()).toContain("unreadable:"));

test.each([
  ...[
    "grep -rn PGHOST src",
    "unset PGHOST",
    "printenv PGHOST",
    "echo $PGHOST",
    "git grep MYSQL_HOST",
    "PGUSER=me psql -l",
  ],
  ...['export A="$X=1"', 'export PATH="$HOME/bin:$PATH"', 'read -p "$X " y', 'printf "%s=1" "$X"', 'make "$X=1"'],
  "git commit -m 'set PGHOST=x in CI'",
])("%j says nothing of a server", (line) => expect(destinationsOf(line)).toEqual([]));
