import { useMemo } from 'react';
import { graphql, usePaginationFragment, useSubscription } from 'react-relay';

// The newest events first; each that happens meanwhile is put in front of them.
export function AuditTrail({ org }) {
  const { data, loadNext } = usePaginationFragment(
    graphql`
      fragment AuditTrail_org on Org
      @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }, filter: { type: "AuditEventFilter" })
      @refetchable(queryName: "AuditTrailPageQuery") {
        id
        auditEvents(first: $first, after: $after, filter: $filter) @connection(key: "AuditTrail_auditEvents", filters: []) {
          __id
          edges {
            node {
              id
              ...AuditTrail_event
            }
          }
        }
      }
    `,
    org,
  );
  const connection = data.auditEvents?.__id;
  const after = data.auditEvents?.edges[0]?.node.id;
  useSubscription(
    useMemo(
      () => ({
        subscription: graphql`
          subscription AuditTrailSubscription($orgId: ID!, $after: ID, $connections: [ID!]!) {
            auditEvents(orgId: $orgId, after: $after) @prependNode(connections: $connections, edgeTypeName: "AuditEventEdge") {
              id
              ...AuditTrail_event
            }
          }
        `,
        variables: { orgId: data.id, after, connections: connection ? [connection] : [] },
      }),
      [data.id, connection], // not with each event: the subscription goes on from the one it began behind
    ),
  );
  return <button onClick={() => loadNext(20)} />;
}

export const event = graphql`
  fragment AuditTrail_event on AuditEvent {
    at
    operation
    outcome
    actor {
      kind
      name
    }
    targets(first: 5) {
      nodes {
        label
        changes {
          field
          before
          after
        }
      }
    }
  }
`;
