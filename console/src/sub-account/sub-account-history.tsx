import './sub-account.css';
import { useState } from 'react';
import { fetchQuery, graphql, readInlineData, useRelayEnvironment } from 'react-relay';
import type { subAccountHistory_subAccount$data, subAccountHistory_subAccount$key } from '../__generated__/subAccountHistory_subAccount.graphql';
import type { subAccountHistoryQuery } from '../__generated__/subAccountHistoryQuery.graphql';
import { tell } from '../app/news';
import { useText } from '../app/text';
import { Button } from '../ui/button';
import { Moment } from '../ui/time';

const Fragment = graphql`
  fragment subAccountHistory_subAccount on SubAccount @inline @argumentDefinitions(after: { type: "String" }) {
    id
    auditEvents(first: 10, after: $after) {
      nodes {
        id at operation outcome
        actor { kind name }
        targets(first: 20) { nodes { targetId outcome changes { field before after beforeNames afterNames } } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`;

const MoreQuery = graphql`
  query subAccountHistoryQuery($id: ID!, $after: String!) {
    node(id: $id) { id ... on SubAccount { ...subAccountHistory_subAccount @arguments(after: $after) @alias(as: "history") } }
  }
`;

type Events = NonNullable<subAccountHistory_subAccount$data['auditEvents']>;
type Event = Events['nodes'][number];
type Change = Event['targets']['nodes'][number]['changes'][number];

/** The operations that have a name here; of any other the name in the API is shown. */
const operations = ['createSubAccount', 'updateSubAccount', 'enableSubAccounts', 'disableSubAccounts', 'wakeSeat', 'assignCreators', 'createCreator', 'updateCreator', 'signIn', 'sendBindCode'] as const;
const fields = ['name', 'roles', 'status', 'phone', 'email'] as const;

/** What happened to a sub-account, newest first. */
export function SubAccountHistory({ subAccount, zone }: { subAccount: subAccountHistory_subAccount$key; zone: string | undefined }) {
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
      const found = await fetchQuery<subAccountHistoryQuery>(environment, MoreQuery, { id: first.id, after: page?.endCursor ?? '' }, { fetchPolicy: 'network-only' }).toPromise();
      const next = found?.node?.history && readInlineData<subAccountHistory_subAccount$key>(Fragment, found.node.history).auditEvents;
      if (next) setMore({ nodes: [...(more?.nodes ?? []), ...next.nodes], page: next.pageInfo });
    } catch (error) {
      tell('failed', (error as Error).message);
    }
    setBusy(false);
  };
  if (events.length === 0) return <p className="faint">{say('subAccount.noHistory')}</p>;
  return (
    <>
      <ol className="history">{events.map((event) => <HistoryEvent key={event.id} event={event} of={first.id} zone={zone} />)}</ol>
      {page?.hasNextPage && <div><Button kind="link" busy={busy} onPress={() => void load()}>{say('subAccount.earlier')}</Button></div>}
    </>
  );
}

function HistoryEvent({ event, of, zone }: { event: Event; of: string; zone: string | undefined }) {
  const say = useText();
  const known = operations.find((operation) => operation === event.operation);
  const what = known ? say(`subAccount.operation.${known}`) : event.operation;
  const changes = event.targets.nodes.find(({ targetId }) => targetId === of)?.changes ?? [];
  return (
    <li>
      <span className="what">{event.outcome === 'REFUSED' ? say('subAccount.refused', { what }) : what}</span>
      <span className="when"><Moment at={event.at} zone={zone} /></span>
      <span className="by">{say('subAccount.by', { name: event.actor.name })}</span>
      {changes.map((change) => <HistoryChange key={change.field} change={change} />)}
    </li>
  );
}

function HistoryChange({ change }: { change: Change }) {
  const say = useText();
  const field = fields.find((one) => one === change.field);
  const value = (raw: string | null | undefined, names: readonly string[]) => {
    if (change.field === 'status' && (raw === 'ENABLED' || raw === 'DISABLED')) return say(`subAccount.is.${raw}`);
    return names.length > 0 ? names.join('、') : (raw ?? '');
  };
  const before = value(change.before, change.beforeNames);
  const after = value(change.after, change.afterNames);
  const name = field ? say(`subAccount.field.${field}`) : change.field;
  if (before === '') return <span className="change">{say('subAccount.changeNew', { field: name, after })}</span>;
  return <span className="change">{say('subAccount.change', { field: name, before, after })}</span>;
}
