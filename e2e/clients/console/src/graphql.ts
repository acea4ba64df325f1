// Types without a build: tsconfig.json has the plugin, and npx gql.tada generate-output writes graphql-env.d.ts.
import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './graphql-env.d.ts';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Int64: number; Time: string; Date: string };
}>();
