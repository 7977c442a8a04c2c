import { runSallyport } from "../../../gateway/cli/foreground.ts";

it("ends with the exit code of what it ran", async () => {
  const written: string[] = [];
  const into = { write: (text: string) => written.push(text) };
  expect(await runSallyport(["serve", "-c", "no-such-file.yaml"], { stdout: into, stderr: into })).toBe(2);
  expect(written.join("")).toContain("no-such-file.yaml");
});
