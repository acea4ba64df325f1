import { useEffect } from 'react';
import { graphql, requestSubscription, useRelayEnvironment } from 'react-relay';
import type { subAccountLiveSubscription } from '../__generated__/subAccountLiveSubscription.graphql';

const Subscription = graphql`
  subscription subAccountLiveSubscription($org: ID!) {
    subAccountsChanged(orgId: $org) {
      id
      name
      status
      updatedAt
      lastActiveAt
      roles {
        id
        name
      }
    }
  }
`;

/** Keeps the sub-accounts on the screen as they are by now. */
export function useLiveSubAccounts(orgId: string): void {
  const environment = useRelayEnvironment();
  useEffect(() => {
    const running = requestSubscription<subAccountLiveSubscription>(environment, {
      subscription: Subscription,
      variables: { org: orgId },
      onError: () => {}, // the frame follows access and says when the server is away
    });
    return () => running.dispose();
  }, [environment, orgId]);
}
