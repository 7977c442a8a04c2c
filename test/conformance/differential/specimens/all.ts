import { graphqlSpecimens } from "./graphql.ts";
import type { Specimens } from "./specimens.ts";

export const specimens: Specimens = { ...graphqlSpecimens };
