import { useState } from 'react';
import { commitMutation, useRelayEnvironment } from 'react-relay';
import type { GraphQLTaggedNode, MutationParameters } from 'relay-runtime';
import { RequestFailed } from './request';

/** An error that the person can correct, as the server says it. */
export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly field: readonly string[];
}

/**
 * Returns a function that sends a write and returns its payload, and whether it is being sent. A write is done once,
 * however often it has to be sent. It fails with RequestFailed when it is refused as a whole.
 */
export function useWrite<M extends MutationParameters>(
  mutation: GraphQLTaggedNode,
  cacheConfig?: { metadata: { withoutSession: true } },
): [(variables: M['variables']) => Promise<M['response']>, boolean] {
  const environment = useRelayEnvironment();
  const [busy, setBusy] = useState(false);
  const write = (variables: M['variables']) => {
    setBusy(true);
    return new Promise<M['response']>((resolve, reject) => {
      commitMutation<M>(environment, {
        mutation,
        variables,
        ...(cacheConfig && { cacheConfig }),
        onCompleted: (response, errors) => {
          // A field that was refused is null beside its error.
          const refused = errors?.find((error) => !(error as { extensions?: { committed?: boolean } }).extensions?.committed);
          if (refused) reject(new RequestFailed(refused.message, 'FORBIDDEN', null));
          else resolve(response);
        },
        onError: reject,
      });
    }).finally(() => setBusy(false));
  };
  return [write, busy];
}

/** Returns the message for a field of the input, from the server's errors; `of` is the field's path after `input`. */
export function errorAt(errors: readonly UserError[], ...of: string[]): string | undefined {
  return errors.find(({ field }) => field.length === of.length + 1 && of.every((step, i) => field[i + 1] === step))?.message;
}

/** Returns the messages that stand at none of the named fields of the input. */
export function otherErrors(errors: readonly UserError[], ...shown: string[]): string[] {
  return errors.filter(({ field }) => !shown.includes(field.slice(1).join('.'))).map(({ message }) => message);
}
