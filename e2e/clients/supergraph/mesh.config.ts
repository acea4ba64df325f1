// A supergraph for GraphQL Mesh or Hive Gateway: npx mesh-compose -o supergraph.graphql.
import { defineConfig, loadGraphQLHTTPSubgraph } from '@graphql-mesh/compose-cli';

export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadGraphQLHTTPSubgraph('deputy', {
        endpoint: 'http://127.0.0.1:8080/graphql',
        source: 'http://127.0.0.1:8080/schema.graphql',
        operationHeaders: { Authorization: '{context.headers["authorization"]}' },
      }),
    },
  ],
});
