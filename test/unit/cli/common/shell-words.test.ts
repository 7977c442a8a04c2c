import { spawnSync } from "node:child_process";
import { commandLine, shellWord } from "../../../../gateway/cli/common/shell-words.ts";

test.each([["my gate/sallyport.yaml"], ["a&b;c"], ["$(id)"], ["it's"], ["~/.config/hook.json"], [""], ["a\nb"]])(
  "gives a program the word %j as it is, through a shell",
  (word) => {
    const script = "process.stdout.write(JSON.stringify(process.argv.slice(1)))";
    const { stdout } = spawnSync("sh", ["-c", commandLine([process.execPath, "-e", script, "--", word, "end"])], {
      encoding: "utf8",
      env: { HOME: "/srv/ann" },
    });
    const home = word.replace(/^~/, "/srv/ann");
    expect(JSON.parse(stdout)).toEqual([home, "end"]);
  },
);

test("quotes as the shell of Windows does", () => {
  expect(shellWord('file:C:/a "b"', true)).toBe('"file:C:/a ""b"""');
});
