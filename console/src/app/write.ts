import { useState } from 'react';
import { commitMutation, useRelayEnvironment } from 'react-relay';
import type { GraphQLTaggedNode, MutationParameters } from 'relay-runtime';
import { RequestFailed } from './request';

export { errorAt, otherErrors, type UserError } from './user-errors';

/**
 * Returns a function that sends a write and returns its payload, and whether it is being sent. A write is done once,
 * however often it has to be sent. It fails with RequestFailed when it is refused as a whole.
 */
export function useWrite<M extends MutationParameters>(
  mutation: GraphQLTaggedNode,
): [(variables: M['variables']) => Promise<M['response']>, boolean] {
  const environment = useRelayEnvironment();
  const [busy, setBusy] = useState(false);
  const write = (variables: M['variables']) => {
    setBusy(true);
    return new Promise<M['response']>((resolve, reject) => {
      commitMutation<M>(environment, {
        mutation,
        variables,
        onCompleted: (response, errors) => {
          // A field that was refused is null beside its error.
          const refused = errors?.find(
            (error) => !(error as { extensions?: { committed?: boolean } }).extensions?.committed,
          );
          if (refused) reject(new RequestFailed(refused.message, 'FORBIDDEN', null));
          else resolve(response);
        },
        onError: reject,
      });
    }).finally(() => setBusy(false));
  };
  return [write, busy];
}
