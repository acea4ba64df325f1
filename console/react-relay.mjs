// The parts of react-relay that the page uses. The package is one piece of CommonJS, of which a bundler leaves nothing
// out: pagination, entry points and the containers of old would be fetched before the first screen.
export { loadQuery } from 'react-relay/lib/relay-hooks/loadQuery';
export { default as RelayEnvironmentProvider } from 'react-relay/lib/relay-hooks/RelayEnvironmentProvider';
export { default as useLazyLoadQuery } from 'react-relay/lib/relay-hooks/useLazyLoadQuery';
export { default as usePreloadedQuery } from 'react-relay/lib/relay-hooks/usePreloadedQuery';
export { default as useRelayEnvironment } from 'react-relay/lib/relay-hooks/useRelayEnvironment';
export { commitMutation, fetchQuery, graphql, readInlineData, requestSubscription } from 'relay-runtime';
