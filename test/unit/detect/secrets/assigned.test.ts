import { findSecrets } from "../../../../gateway/detect/secrets/secrets.ts";
import { parts } from "../found.ts";

const password = "Vq7-mK2x!Lp9";
const key = "8sK2mVq0ZpR4tYw7LbN3xCd6";

test.each([
  `password: ${password}`,
  `PASSWORD=${password}`,
  `"password": "${password}"`,
  `{\\"password\\":\\"${password}\\"}`,
  `db_password = '${password}'`,
  `<password>${password}</password>`,
  `<add name="Password" value="${password}" />`,
  `settings["password"] = "${password}"`,
  `password => "${password}"`,
  `The password is ${password} and stays.`,
  `Das Passwort lautet ${password}.`,
  `mot de passe : ${password}`,
  `La contraseña es ${password}`,
  `senha: ${password}`,
  `wachtwoord is ${password}`,
])("finds the password in %s", (text) => {
  expect(parts(text, findSecrets(text))).toEqual([password]);
});

test.each([
  `api_key=${key}`,
  `"apiKey": "${key}"`,
  `X-Api-Key: ${key}`,
  `client_secret: ${key}`,
  `token := "${key}"`,
  `Authorization: Bearer ${key}`,
  `?access_token=${key}&x=1`,
])("finds the key in %s", (text) => {
  expect(parts(text, findSecrets(text))).toEqual([key]);
});

test.each([
  "password: string",
  "password = get_password(1)",
  "password = passwords[1]",
  "password: required, 8-20 characters",
  `nextPageToken: "${key}"`,
  `csrf_token=${key}`,
  "total_tokens: 18231",
  "token_type: Bearer",
  "secretKeyRef:\n  name: db-credentials-1",
  "the token of thanks",
])("finds nothing in %s", (text) => {
  expect(findSecrets(text)).toEqual([]);
});
