import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { commitMutation, fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { GraphQLTaggedNode, IEnvironment, MutationParameters } from 'relay-runtime';
import type { subAccountBatchColleaguesQuery } from '../__generated__/subAccountBatchColleaguesQuery.graphql';
import type { subAccountBatchCreatorsQuery } from '../__generated__/subAccountBatchCreatorsQuery.graphql';
import type { subAccountBatchDeleteMutation } from '../__generated__/subAccountBatchDeleteMutation.graphql';
import type { subAccountBatchDisableMutation } from '../__generated__/subAccountBatchDisableMutation.graphql';
import type { subAccountBatchEnableMutation } from '../__generated__/subAccountBatchEnableMutation.graphql';
import type { subAccountBatchStatusQuery } from '../__generated__/subAccountBatchStatusQuery.graphql';
import { tell } from '../app/news';
import { RequestFailed } from '../app/request';
import { useOrgId, useReload } from '../app/screen';
import { useText } from '../app/text';
import type { UserError } from '../app/user-errors';
import { BatchDialog } from '../batch/batch-dialog';
import { callSize, ended, type Item, type Outcome, type Policy, runBatch } from '../batch/run';
import { focusRow } from '../ui/focus';
import { type Pick, Picker } from '../ui/picker';
import { Notice } from '../ui/state';

const EnableMutation = graphql`
  mutation subAccountBatchEnableMutation($input: EnableSubAccountsInput!) {
    enableSubAccounts(input: $input) {
      subAccounts {
        id
        status
        updatedAt
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const DisableMutation = graphql`
  mutation subAccountBatchDisableMutation($input: DisableSubAccountsInput!) {
    disableSubAccounts(input: $input) {
      subAccounts {
        id
        status
        updatedAt
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const DeleteMutation = graphql`
  mutation subAccountBatchDeleteMutation($input: DeleteSubAccountsInput!) {
    deleteSubAccounts(input: $input) {
      deletedIds
      handedOverCreators
      unmanagedCreators
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const StatusQuery = graphql`
  query subAccountBatchStatusQuery($ids: [ID!]!) {
    nodes(ids: $ids) {
      id
      ... on SubAccount {
        status
      }
    }
  }
`;

const CreatorsQuery = graphql`
  query subAccountBatchCreatorsQuery($org: ID!, $managers: [ID!]!) {
    org(id: $org) {
      id
      creators(first: 1, filter: { managerIds: $managers }) {
        totalCount
      }
    }
  }
`;

const ColleaguesQuery = graphql`
  query subAccountBatchColleaguesQuery($org: ID!, $search: String!) {
    org(id: $org) {
      id
      colleagues(first: 20, filter: { search: $search }) {
        nodes {
          subAccountId
          name
        }
      }
    }
  }
`;

/** What can be done with one sub-account or with many. */
export type Act = 'enable' | 'disable' | 'delete';

/** A batch that somebody asked for. */
export interface Batch {
  act: Act;
  items: readonly Item[];
}

function partsOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / callSize) }, (_, i) =>
    all.slice(i * callSize, (i + 1) * callSize),
  );
}

function commit<M extends MutationParameters>(
  environment: IEnvironment,
  mutation: GraphQLTaggedNode,
  variables: M['variables'],
): Promise<M['response']> {
  return new Promise((resolve, reject) => {
    commitMutation<M>(environment, {
      mutation,
      variables,
      onError: reject,
      onCompleted: (response, errors) =>
        errors?.[0] ? reject(new RequestFailed(errors[0].message, 'FORBIDDEN', null)) : resolve(response),
    });
  });
}

/** Sends one call of a status. */
async function sendStatus(
  environment: IEnvironment,
  act: 'enable' | 'disable',
  orgId: string,
  ids: string[],
  policy: Policy,
): Promise<readonly UserError[]> {
  const input = { orgId, ids, policy };
  if (act === 'enable')
    return (
      (await commit<subAccountBatchEnableMutation>(environment, EnableMutation, { input })).enableSubAccounts
        ?.userErrors ?? []
    );
  return (
    (await commit<subAccountBatchDisableMutation>(environment, DisableMutation, { input })).disableSubAccounts
      ?.userErrors ?? []
  );
}

interface SubAccountBatchProps {
  batch: Batch;
  /** Called with how it ended for each, after every run. */
  onRan?: (outcomes: ReadonlyMap<string, Outcome>) => void;
  onClose: () => void;
}

/** Enables, disables or deletes sub-accounts: asks, runs, shows the result of each, and takes back what can be. */
export function SubAccountBatch({ batch: { act, items }, onRan, onClose }: SubAccountBatchProps) {
  const say = useText();
  const orgId = useOrgId();
  const environment = useRelayEnvironment();
  const reload = useReload();
  const router = useRouter();
  const [heir, setHeir] = useState<Pick | null>(null);
  const moved = useRef({ handedOver: 0, unmanaged: 0 });
  const before = useRef(new Map<string, string>());
  const creators = useCreators(orgId, act === 'delete' ? items : []);
  const name = items[0]?.name ?? '';
  const count = items.length;

  const send = async (ids: string[], policy: Policy): Promise<readonly UserError[]> => {
    if (act !== 'delete') {
      // What was so before is not what this batch did, and is not taken back with it.
      const found = await fetchQuery<subAccountBatchStatusQuery>(
        environment,
        StatusQuery,
        { ids },
        { fetchPolicy: 'network-only' },
      ).toPromise();
      for (const node of found?.nodes ?? [])
        if (node?.status && !before.current.has(node.id)) before.current.set(node.id, node.status);
      return sendStatus(environment, act, orgId, ids, policy);
    }
    const { deleteSubAccounts: payload } = await commit<subAccountBatchDeleteMutation>(environment, DeleteMutation, {
      input: { orgId, ids, policy, handOverTo: heir?.id ?? null },
    });
    moved.current = {
      handedOver: moved.current.handedOver + (payload?.handedOverCreators ?? 0),
      unmanaged: moved.current.unmanaged + (payload?.unmanagedCreators ?? 0),
    };
    return payload?.userErrors ?? [];
  };
  const reverse = act === 'enable' ? 'disable' : 'enable';
  const undo = async (done: readonly Item[]) => {
    const changed = done.filter(({ id }) => before.current.get(id) !== (act === 'enable' ? 'ENABLED' : 'DISABLED'));
    const outcomes = await runBatch({
      items: changed,
      policy: 'PER_ITEM',
      send: (ids, policy) => sendStatus(environment, reverse, orgId, ids, policy),
    });
    const failed = ended(changed, outcomes, 'failed');
    const why = failed[0] && outcomes.get(failed[0].id);
    const undone = changed.length - failed.length;
    if (why?.state === 'failed')
      tell('failed', say('batch.undoneSome', { done: undone, failed: failed.length, why: why.why }));
    else tell('done', say('batch.undone', { count: undone }));
    await router.invalidate();
  };
  const ran = async (outcomes: ReadonlyMap<string, Outcome>) => {
    onRan?.(outcomes);
    const gone = act === 'delete' && count === 1 && outcomes.get(items[0]?.id ?? '')?.state === 'done';
    const focus = gone ? focusRow(items[0]?.id ?? '') : null;
    await reload();
    focus?.();
  };
  const wentOver = () => moved.current.handedOver + moved.current.unmanaged > 0;
  const warns = act === 'delete';
  return (
    <BatchDialog
      items={items}
      name={say(`subAccount.doing.${act}`)}
      action={say(`subAccount.act.${act}`)}
      warns={warns}
      asked={act === 'enable' && count === 1}
      title={count === 1 ? say(`subAccount.askOne.${act}`, { name }) : say(`subAccount.askMany.${act}`, { count })}
      disabled={act === 'delete' && creators === null}
      said={(done) => {
        const what =
          done.length === 1
            ? say(`subAccount.didOne.${act}`, { name: done[0]?.name ?? '' })
            : say(`subAccount.didMany.${act}`, { count: done.length });
        return wentOver() ? say('subAccount.withMoved', { what, moved: say('subAccount.moved', moved.current) }) : what;
      }}
      send={send}
      undo={act === 'delete' ? undefined : (done) => void undo(done)}
      onRan={(outcomes) => void ran(outcomes)}
      onClose={onClose}
      after={() => wentOver() && say('subAccount.moved', moved.current)}
    >
      <p>{say(`subAccount.follows.${act}`)}</p>
      {act === 'delete' &&
        creators !== null &&
        (creators === 0 ? (
          <p className="faint">{say('subAccount.noCreators')}</p>
        ) : (
          <>
            <Notice kind="warn">{say('subAccount.creators', { count: creators })}</Notice>
            <Picker
              label={say('subAccount.handOver')}
              placeholder={say('subAccount.nobody')}
              chosen={heir}
              onChoose={setHeir}
              hint={say('subAccount.handOverHint')}
              find={async (search) => {
                const found = await fetchQuery<subAccountBatchColleaguesQuery>(environment, ColleaguesQuery, {
                  org: orgId,
                  search,
                }).toPromise();
                return (found?.org?.colleagues?.nodes ?? [])
                  .map(({ subAccountId, name }) => ({ id: subAccountId, name }))
                  .filter(({ id }) => !items.some((item) => item.id === id));
              }}
            />
          </>
        ))}
    </BatchDialog>
  );
}

// useCreators returns how many creators sub-accounts manage; null while it is being found out.
function useCreators(orgId: string, items: readonly Item[]): number | null {
  const environment = useRelayEnvironment();
  const [count, setCount] = useState<number | null>(null);
  useEffect(() => {
    let wanted = true;
    const ask = (managers: string[]) =>
      fetchQuery<subAccountBatchCreatorsQuery>(
        environment,
        CreatorsQuery,
        { org: orgId, managers },
        { fetchPolicy: 'network-only' },
      ).toPromise();
    Promise.all(partsOf(items.map(({ id }) => id)).map(ask)).then(
      (found) => wanted && setCount(found.reduce((sum, part) => sum + (part?.org?.creators?.totalCount ?? 0), 0)),
      () => wanted && setCount(0),
    );
    return () => {
      wanted = false;
    };
    // A batch keeps its items.
  }, [environment, orgId]);
  return count;
}
