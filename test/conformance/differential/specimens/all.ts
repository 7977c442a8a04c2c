import { graphqlSpecimens } from "./graphql.ts";
import { indexSpecimens } from "./indexes.ts";
import { jsonSchemaSpecimens } from "./json-schema.ts";
import { jwtSpecimens } from "./jwt.ts";
import { regexSpecimens } from "./regex.ts";
import { requestSpecimens } from "./signing-requests.ts";
import type { Specimens } from "./specimens.ts";
import { templateSpecimens } from "./templates.ts";
import { timeSpecimens } from "./time.ts";
import { x509Specimens } from "./x509.ts";
import { yamlSpecimens } from "./yaml.ts";

export const specimens: Specimens = {
  ...graphqlSpecimens,
  ...yamlSpecimens,
  ...regexSpecimens,
  ...templateSpecimens,
  ...timeSpecimens,
  ...indexSpecimens,
  ...jsonSchemaSpecimens,
  ...jwtSpecimens,
  ...requestSpecimens,
  ...x509Specimens,
};
