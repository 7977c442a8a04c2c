import { hashPassword, verifyPassword } from "../../../gateway/sign-in/passwords.ts";
import { testIds } from "../../support/builders.ts";

const ids = testIds();

test("refuses every password when the stored hash is not readable", async () => {
  expect(await verifyPassword("", "")).toBe(false);
  expect(await verifyPassword("x", (await hashPassword("x", ids)).replace("$scrypt", "$other"))).toBe(false);
});
