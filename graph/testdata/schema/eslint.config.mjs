// The rules that the schema keeps: all of graphql-eslint's recommended and relay sets. What is otherwise stands here, with its reason.
import graphql from '@graphql-eslint/eslint-plugin';

const { rules: recommended } = graphql.configs['flat/schema-recommended'];
const { rules: relay } = graphql.configs['flat/schema-relay'];

export default [
  {
    files: ['schema/*.graphqls'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@graphql-eslint': graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema/*.graphqls' } },
    },
    rules: {
      ...recommended,
      ...relay,
      // A description of one sentence stands on one line, a longer one in a block: both are the same to clients.
      '@graphql-eslint/description-style': 'off',
      // Every element says what it is, not the types alone.
      '@graphql-eslint/require-description': ['error', {
        types: true, DirectiveDefinition: true, rootField: true,
        FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true,
      }],
      // The lists of an org go both ways; those of an account and of what is in an org are read forward, but for a role's holders.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/relay-edge-types': ['error', {
        withEdgeSuffix: true,
        // An audit target names an object that may be gone, an assignment is read with its task: neither is asked for by id.
        shouldImplementNode: false,
        // Connections have nodes beside edges, and what is bounded by nature, such as the grants of a role, is a plain list.
        listTypeCanWrapOnlyEdgeType: false,
      }],
      '@graphql-eslint/strict-id-in-types': ['error', {
        exceptions: {
          // Pages of a list and answers of a mutation are read once; what is in them has ids.
          suffixes: ['Connection', 'Edge', 'Payload'],
          types: [
            // Parts of one event, as it was then: the same actor has another name in another event, and a target other changes.
            'Actor', 'AuditTarget', 'AuditChange',
            // What a sub-account shows of itself elsewhere, by its id.
            'AuditActor', 'Colleague', 'Seat',
            // Figures, computed when they are asked for.
            'DataReport', 'DataPoint', 'DataSpan', 'DataCreator', 'DataProduct', 'DataManager', 'DataCategory',
            // Answers to a question, kept nowhere.
            'AccessExplanation', 'RoleAccess', 'RolePreview', 'RolePreviewEntry',
            // Values: they are what they hold.
            'AppBudget', 'Grant', 'ModuleInfo', 'PageInfo', 'UserError',
          ],
        },
      }],
    },
  },
];
