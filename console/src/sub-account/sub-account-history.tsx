import './sub-account.css';
import { useState } from 'react';
import { fetchQuery, graphql, readInlineData, useRelayEnvironment } from 'react-relay';
import type {
  subAccountHistory_subAccount$data,
  subAccountHistory_subAccount$key,
} from '../__generated__/subAccountHistory_subAccount.graphql';
import type { subAccountHistoryQuery } from '../__generated__/subAccountHistoryQuery.graphql';
import { orgOf, useViewer } from '../app/access';
import { tell } from '../app/news';
import { useOrgId } from '../app/screen';
import { useText } from '../app/text';
import { ChangesInBrief } from '../audit/changes';
import { type ModuleNames, useWords } from '../audit/words';
import { Button } from '../ui/button';
import { Moment } from '../ui/time';

const Fragment = graphql`
  fragment subAccountHistory_subAccount on SubAccount @inline @argumentDefinitions(after: { type: "String" }) {
    id
    auditEvents(first: 10, after: $after) {
      nodes {
        id
        at
        operation
        outcome
        code
        actor {
          kind
          name
        }
        targets(first: 20) {
          nodes {
            targetId
            changes {
              field
              before
              after
              beforeNames
              afterNames
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const MoreQuery = graphql`
  query subAccountHistoryQuery($id: ID!, $after: String!) {
    node(id: $id) {
      id
      ... on SubAccount {
        ...subAccountHistory_subAccount @arguments(after: $after) @alias(as: "history")
      }
    }
  }
`;

type Events = NonNullable<subAccountHistory_subAccount$data['auditEvents']>;
type Event = Events['nodes'][number];

/** What happened to a sub-account, newest first. */
export function SubAccountHistory({
  subAccount,
  modules,
}: {
  subAccount: subAccountHistory_subAccount$key;
  modules: ModuleNames;
}) {
  const say = useText();
  const environment = useRelayEnvironment();
  const first = readInlineData(Fragment, subAccount);
  const [more, setMore] = useState<{ nodes: readonly Event[]; page: Events['pageInfo'] } | null>(null);
  const [busy, setBusy] = useState(false);
  const events = [...(first.auditEvents?.nodes ?? []), ...(more?.nodes ?? [])];
  const page = more?.page ?? first.auditEvents?.pageInfo;
  const load = async () => {
    setBusy(true);
    try {
      const found = await fetchQuery<subAccountHistoryQuery>(
        environment,
        MoreQuery,
        { id: first.id, after: page?.endCursor ?? '' },
        { fetchPolicy: 'network-only' },
      ).toPromise();
      const next =
        found?.node?.history &&
        readInlineData<subAccountHistory_subAccount$key>(Fragment, found.node.history).auditEvents;
      if (next) setMore({ nodes: [...(more?.nodes ?? []), ...next.nodes], page: next.pageInfo });
    } catch (error) {
      tell('failed', (error as Error).message);
    }
    setBusy(false);
  };
  if (events.length === 0) return <p className="faint">{say('subAccount.noHistory')}</p>;
  return (
    <>
      <ol className="history">
        {events.map((event) => (
          <HistoryEvent key={event.id} event={event} of={first.id} modules={modules} />
        ))}
      </ol>
      {page?.hasNextPage && (
        <div>
          <Button kind="link" busy={busy} onPress={() => void load()}>
            {say('subAccount.earlier')}
          </Button>
        </div>
      )}
    </>
  );
}

function HistoryEvent({ event, of, modules }: { event: Event; of: string; modules: ModuleNames }) {
  const say = useText();
  const org = orgOf(useViewer(), useOrgId());
  const words = useWords(org, modules);
  const what = words.operation(event.operation);
  const changes = event.targets.nodes.find(({ targetId }) => targetId === of)?.changes ?? [];
  return (
    <li>
      <span className="what">
        {event.outcome === 'REFUSED' ? say('subAccount.refused', { what, why: words.code(event.code ?? '') }) : what}
      </span>
      <span className="when">
        <Moment at={event.at} zone={org?.timeZone} />
      </span>
      <span className="by">{say('subAccount.by', { name: event.actor.name })}</span>
      {changes.length > 0 && <ChangesInBrief changes={changes} words={words} />}
    </li>
  );
}
