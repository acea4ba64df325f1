import './account.css';
import { useState } from 'react';
import { fetchQuery, graphql, readInlineData, useRelayEnvironment } from 'react-relay';
import type { activity_viewer$data, activity_viewer$key } from '../__generated__/activity_viewer.graphql';
import type { activityMoreQuery } from '../__generated__/activityMoreQuery.graphql';
import type { activityQuery } from '../__generated__/activityQuery.graphql';
import { OutcomeOf } from '../audit/audit-parts';
import { ChangesInBrief } from '../audit/changes';
import { type ModuleNames, useWords } from '../audit/words';
import { orgOf, useMay, useViewer } from '../app/access';
import { useNames } from '../app/names';
import { tell } from '../app/news';
import { useScreen } from '../app/screen';
import { useText } from '../app/text';
import { Button } from '../ui/button';
import { Page } from '../ui/page';
import { Empty } from '../ui/state';
import { List } from '../ui/table';
import { Moment } from '../ui/time';
import { deviceOf } from './device';

const Fragment = graphql`
  fragment activity_viewer on Viewer @inline @argumentDefinitions(after: { type: "String" }) {
    auditEvents(first: 20, after: $after) {
      nodes {
        id
        at
        operation
        outcome
        code
        count
        ip
        userAgent
        org {
          id
          name
        }
        actor {
          kind
          actorId
          name
        }
        targets(first: 5) {
          totalCount
          nodes {
            targetId
            type
            label
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

const Query = graphql`
  query activityQuery @preloadable {
    modules {
      module
      name
    }
    viewer {
      id
      ...activity_viewer @alias(as: "activity")
    }
  }
`;

const MoreQuery = graphql`
  query activityMoreQuery($after: String!) {
    viewer {
      id
      ...activity_viewer @arguments(after: $after) @alias(as: "activity")
    }
  }
`;

type Page = activity_viewer$data['auditEvents'];
type Event = Page['nodes'][number];

/** 我的动态: what the viewer did, and what was done to it, newest first. */
export function Activity() {
  const say = useText();
  const environment = useRelayEnvironment();
  const { modules, viewer } = useScreen<activityQuery>(Query);
  const [more, setMore] = useState<{ nodes: readonly Event[]; page: Page['pageInfo'] } | null>(null);
  const [busy, setBusy] = useState(false);
  if (!viewer?.activity) return null;
  const first = readInlineData<activity_viewer$key>(Fragment, viewer.activity).auditEvents;
  const events = [...first.nodes, ...(more?.nodes ?? [])];
  const page = more?.page ?? first.pageInfo;
  const load = async () => {
    setBusy(true);
    try {
      const found = await fetchQuery<activityMoreQuery>(
        environment,
        MoreQuery,
        { after: page.endCursor ?? '' },
        { fetchPolicy: 'network-only' },
      ).toPromise();
      const next =
        found?.viewer?.activity && readInlineData<activity_viewer$key>(Fragment, found.viewer.activity).auditEvents;
      if (next) setMore({ nodes: [...(more?.nodes ?? []), ...next.nodes], page: next.pageInfo });
    } catch (error) {
      tell('failed', (error as Error).message);
    }
    setBusy(false);
  };
  return (
    <Page title={say('account.activity')} about={say('account.activityAbout')}>
      <List>
        {events.length === 0 ? (
          <Empty icon="clock" title={say('account.noActivity')}>
            {say('account.noActivityAbout')}
          </Empty>
        ) : (
          <ol className="events">
            {events.map((event) => (
              <ActivityEvent key={event.id} event={event} modules={modules} />
            ))}
          </ol>
        )}
        {page.hasNextPage && (
          <div className="list-foot">
            <Button busy={busy} onPress={() => void load()}>
              {say('account.earlier')}
            </Button>
          </div>
        )}
      </List>
    </Page>
  );
}

function ActivityEvent({ event, modules }: { event: Event; modules: ModuleNames }) {
  const say = useText();
  const listed = useNames();
  const viewer = useViewer();
  const org = orgOf(viewer, event.org?.id);
  const words = useWords(org, modules);
  const seat = viewer?.seats.find(({ orgId }) => orgId === event.org?.id);
  const { actorId } = event.actor;
  // Whoever may not read the org's log is told no other actor's id.
  const readsAll = useMay(event.org?.id, { module: 'AUDIT_LOG', action: 'VIEW' });
  const mine = Boolean(actorId) && (!readsAll || actorId === viewer?.account.id || actorId === seat?.subAccountId);
  const { browser, system } = deviceOf(event.userAgent);
  const device = browser && system ? say('account.deviceOf', { browser, system }) : (browser ?? system);
  const what = words.operation(event.operation);
  const labels = event.targets.nodes.map(({ label, type }) => label || words.type(type));
  const objects = say('audit.objects', { names: listed(labels.slice(0, 2)), count: event.targets.totalCount });
  return (
    <li>
      <span className="what">{labels.length > 0 ? say('account.what', { what, objects }) : what}</span>
      <span className="when">
        <Moment at={event.at} zone={org?.timeZone} />
      </span>
      <span className="about">
        {event.outcome === 'REFUSED' && <OutcomeOf event={event} codeOf={words.code} />}
        <span>{mine ? say('account.byMe') : say('account.bySomebody', { name: event.actor.name })}</span>
        {event.org && <span>{say('account.inOrg', { org: event.org.name })}</span>}
        {event.ip && <span className="numbers">{event.ip}</span>}
        {device && <span>{device}</span>}
      </span>
      {event.targets.nodes.map(
        (target) =>
          target.changes.length > 0 && <ChangesInBrief key={target.targetId} changes={target.changes} words={words} />,
      )}
    </li>
  );
}
