// Types for the operations of a console: npx graphql-codegen.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'http://127.0.0.1:8080/schema.graphql',
  documents: ['src/**/*.{ts,tsx,graphql}'],
  generates: {
    'src/gql/': {
      preset: 'client',
      config: {
        scalars: { Int64: 'number', Time: 'string', Date: 'string' },
        strictScalars: true,
        useTypeImports: true,
      },
    },
  },
};

export default config;
