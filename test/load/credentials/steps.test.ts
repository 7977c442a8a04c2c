import { credentialSteps } from "./steps.ts";

test("each step of the bench does what it is named for", async () => {
  const { steps, close } = await credentialSteps();
  const results = await Promise.all(steps.map(({ run }) => run(0)));
  close();
  const [jwt, kept, header, ...answers] = results as {
    secrets?: string[];
    request?: { headers: string[] };
    removed?: number;
  }[];
  expect([jwt?.secrets?.[0], kept?.secrets?.[0]]).toEqual([
    expect.stringMatching(/^eyJ/),
    expect.stringMatching(/^eyJ/),
  ]);
  expect(header?.request?.headers).toContain("authorization");
  expect(answers.map(({ removed }) => removed)).toEqual([0, 0]);
});
