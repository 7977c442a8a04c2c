import { graphqlSpecimens } from "./graphql.ts";
import type { Specimens } from "./specimens.ts";
import { yamlSpecimens } from "./yaml.ts";

export const specimens: Specimens = { ...graphqlSpecimens, ...yamlSpecimens };
