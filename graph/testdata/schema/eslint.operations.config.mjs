// The rule that the operations of examples and documents keep: caches of clients know an object by its id.
import graphql from '@graphql-eslint/eslint-plugin';

export default [
  {
    files: ['operations/*.graphql'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@graphql-eslint': graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema/*.graphqls', documents: 'operations/*.graphql' } },
    },
    rules: { '@graphql-eslint/require-selections': 'error' },
  },
];
