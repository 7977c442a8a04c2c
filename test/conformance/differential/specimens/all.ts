import { graphqlSpecimens } from "./graphql.ts";
import { indexSpecimens } from "./indexes.ts";
import { regexSpecimens } from "./regex.ts";
import type { Specimens } from "./specimens.ts";
import { templateSpecimens } from "./templates.ts";
import { timeSpecimens } from "./time.ts";
import { yamlSpecimens } from "./yaml.ts";

export const specimens: Specimens = {
  ...graphqlSpecimens,
  ...yamlSpecimens,
  ...regexSpecimens,
  ...templateSpecimens,
  ...timeSpecimens,
  ...indexSpecimens,
};
