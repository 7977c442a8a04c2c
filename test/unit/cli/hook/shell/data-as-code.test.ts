import { destinationsOf } from "../../../../../gateway/cli/hook/shell/destinations.ts";

test.each([
  ...["bash x.md", "bash -x a/x.txt", "bash --rcfile x.md", ". ./x.md", "source x.txt", "python3 x.txt", "node x.log"],
  ...["perl x.txt", "bash x.m*", "bash *.md", "make -f x.txt", "make -fx.txt", "sed -f x.txt y", "sed -nf x.md y"],
  ...[
    "awk -f x.txt y",
    "python3 -m doctest a.md",
    "chmod +x a.md && ./a.md",
    "docs/a.md",
    '"$PWD/a.md"',
    "sudo ./a.md",
  ],
  ...["BASH_ENV=x.md bash y", "ENV=x.txt sh y", "PYTHONSTARTUP=x.txt python3 y.py", "bash a.md.bak"],
  ...["mv a.md .git/hooks/pre-commit", "mv a.md run.sh", "cp docs/a.txt Makefile", "ln -s a.md run", "install a.md x"],
  ...[
    "git mv a.md x.py",
    "mv a.md .claude/commands/b.md",
    "cp a.md b.md skills/",
    "mv -t .github a.md",
    "mv a.md AGENTS.md",
  ],
  ...[
    'mv a.md "$X"',
    "mv a.md b.{md,sh}",
    "cp a.txt /etc/x.txt",
    "cat a.md > run.sh",
    "tee run.sh < a.md",
    "tail -n +2 a.md > x",
  ],
])("%j can execute a file of data", (line) => expect(destinationsOf(line).join()).toContain("unreadable:"));

test.each([
  ...[
    "mv a.md docs/b.md",
    "cp a.txt b.txt",
    "mv a.md docs",
    "mv a.md ../x/",
    "cp *.md docs/",
    "cp a.md b.md x",
    "mv a.md .",
  ],
  ...[
    "cp a.txt a.txt.bak",
    "cp requirements.txt build/",
    "mv a.py b.py",
    "cp a.md /tmp",
    "mv -t docs a.md",
    "git mv a.md b.md",
  ],
  ...["sed -i s/a/b/ a.md", "grep -f words.txt x", "bash x.sh a.md", "python3 x.py a.txt", "cat a.csv b.csv > c.csv"],
  ...[
    "cat a.md 2>/dev/null",
    "cat a.md >&2",
    "tee a.log",
    "FILES=(docs/a.md b.md)",
    "for f in docs/a.md; do wc $f; done",
  ],
  ...[
    "strace -o out/o.txt ls",
    "xargs -a x/list.txt rm",
    "time -o x/t.txt ls",
    "case $x in docs/a.md) ls;; esac",
    "wc < a.md",
  ],
  ...["awk '{print}' a.txt", "sed -n p a.txt", "diff a/x.md b/x.md", "make x.md", 'cp "$f" docs/'],
])("%j reads data", (line) => expect(destinationsOf(line)).toEqual([]));
