import './audit.css';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { fetchQuery, graphql, readInlineData, useRelayEnvironment } from 'react-relay';
import type { auditDetail_event$data, auditDetail_event$key } from '../__generated__/auditDetail_event.graphql';
import type { auditDetailMoreQuery } from '../__generated__/auditDetailMoreQuery.graphql';
import type { auditDetailQuery } from '../__generated__/auditDetailQuery.graphql';
import { orgOf, useMay, useViewer } from '../app/access';
import { useNames } from '../app/names';
import { tell } from '../app/news';
import { NotFound } from '../app/refused';
import { useOrgId, useScreen } from '../app/screen';
import { useText } from '../app/text';
import { Status } from '../ui/bits';
import { Button } from '../ui/button';
import { Card, Page } from '../ui/page';
import { Moment } from '../ui/time';
import { Actor, OutcomeOf } from './audit-parts';
import { Changes } from './changes';
import { useWords, type Words } from './words';

const Fragment = graphql`
  fragment auditDetail_event on AuditEvent @inline @argumentDefinitions(after: { type: "String" }) {
    id
    targets(first: 20, after: $after) {
      totalCount
      nodes {
        targetId
        type
        label
        outcome
        code
        changes {
          field
          before
          after
          beforeNames
          afterNames
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
  query auditDetailQuery($id: ID!) @preloadable {
    modules {
      module
      name
    }
    node(id: $id) {
      id
      ... on AuditEvent {
        org {
          id
        }
        at
        operation
        outcome
        code
        count
        ip
        userAgent
        requestId
        actor {
          kind
          actorId
          name
          tokenId
        }
        ...auditDetail_event @alias(as: "about")
      }
    }
  }
`;

const MoreQuery = graphql`
  query auditDetailMoreQuery($id: ID!, $after: String!) {
    node(id: $id) {
      id
      ... on AuditEvent {
        ...auditDetail_event @arguments(after: $after) @alias(as: "about")
      }
    }
  }
`;

type Target = auditDetail_event$data['targets']['nodes'][number];

/** One event: who did it, from where, and what became of each object, before and after. */
export function AuditDetail() {
  const say = useText();
  const listed = useNames();
  const orgId = useOrgId();
  const org = orgOf(useViewer(), orgId);
  const { modules, node } = useScreen<auditDetailQuery>(Query);
  const words = useWords(org, modules);
  const back = { to: `/o/${orgId}/audit`, label: say('audit.back') };
  if (!node?.at || !node.actor || !node.outcome || node.org?.id !== orgId) return <NotFound />;
  const first = node.about && readInlineData<auditDetail_event$key>(Fragment, node.about).targets;
  const names = (first?.nodes ?? []).slice(0, 2).map(({ label, type }) => label || words.type(type));
  const operation = words.operation(node.operation ?? '');
  const objects =
    first && first.totalCount > 0 ? say('audit.objects', { names: listed(names), count: first.totalCount }) : '';
  const { actorId, name } = node.actor;
  return (
    <Page title={objects ? say('audit.event', { operation, objects }) : operation} back={back}>
      <Card
        title={say('audit.facts')}
        actions={
          actorId && (
            <Link to={back.to as never} search={{ actor: actorId, actorName: name } as never}>
              {say('audit.here')}
            </Link>
          )
        }
      >
        <dl className="facts">
          <dt>{say('audit.outcome')}</dt>
          <dd>
            <OutcomeOf event={{ outcome: node.outcome, code: node.code, count: node.count ?? 1 }} codeOf={words.code} />
          </dd>
          <dt>{say('audit.at')}</dt>
          <dd>
            <Moment at={node.at} zone={org?.timeZone} seconds />
          </dd>
          <dt>{say('audit.actor')}</dt>
          <dd>
            <Actor actor={node.actor} />
          </dd>
          {node.actor.tokenId && (
            <>
              <dt>{say('audit.token')}</dt>
              <dd className="mono">{node.actor.tokenId}</dd>
            </>
          )}
          {node.ip && (
            <>
              <dt>{say('audit.ip')}</dt>
              <dd className="mono">{node.ip}</dd>
            </>
          )}
          {node.userAgent && (
            <>
              <dt>{say('audit.device')}</dt>
              <dd className="mono">{node.userAgent}</dd>
            </>
          )}
          {node.requestId && (
            <>
              <dt>{say('audit.requestId')}</dt>
              <dd className="mono">{node.requestId}</dd>
            </>
          )}
          <dt>{say('audit.id')}</dt>
          <dd className="mono">{node.id}</dd>
        </dl>
      </Card>
      {first && first.totalCount > 0 ? (
        <About id={node.id} orgId={orgId} first={first} words={words} />
      ) : (
        <p className="faint">{say('audit.noTargets')}</p>
      )}
    </Page>
  );
}

function About({
  id,
  orgId,
  first,
  words,
}: {
  id: string;
  orgId: string;
  first: auditDetail_event$data['targets'];
  words: Words;
}) {
  const say = useText();
  const environment = useRelayEnvironment();
  const [more, setMore] = useState<{
    nodes: readonly Target[];
    page: auditDetail_event$data['targets']['pageInfo'];
  } | null>(null);
  const [busy, setBusy] = useState(false);
  const page = more?.page ?? first.pageInfo;
  const load = async () => {
    setBusy(true);
    try {
      const found = await fetchQuery<auditDetailMoreQuery>(
        environment,
        MoreQuery,
        { id, after: page.endCursor ?? '' },
        { fetchPolicy: 'network-only' },
      ).toPromise();
      const next = found?.node?.about && readInlineData<auditDetail_event$key>(Fragment, found.node.about).targets;
      if (next) setMore({ nodes: [...(more?.nodes ?? []), ...next.nodes], page: next.pageInfo });
    } catch (error) {
      tell('failed', (error as Error).message);
    }
    setBusy(false);
  };
  return (
    <section className="card changes-card">
      <header>
        <h2>{say('audit.targets', { count: first.totalCount })}</h2>
      </header>
      <div className="card-body">
        {[...first.nodes, ...(more?.nodes ?? [])].map((target) => (
          <AboutTarget key={target.targetId} orgId={orgId} target={target} words={words} />
        ))}
        {page.hasNextPage && (
          <p>
            <Button kind="link" busy={busy} onPress={() => void load()}>
              {say('audit.moreTargets')}
            </Button>
          </p>
        )}
      </div>
    </section>
  );
}

const places: Partial<Record<string, string>> = {
  Role: 'settings/roles',
  SubAccount: 'settings/accounts',
  App: 'settings/apps',
};

function AboutTarget({ orgId, target, words }: { orgId: string; target: Target; words: Words }) {
  const say = useText();
  const mayManage = useMay(orgId, 'owner');
  const type = words.type(target.type);
  const place = places[target.type];
  return (
    <article className="target">
      <header>
        <h3>{target.label || type}</h3>
        <span className="faint">{type}</span>
        {target.outcome === 'REFUSED' && <Status kind="warn">{words.code(target.code ?? '')}</Status>}
        <span className="space" />
        {place && mayManage && <Link to={`/o/${orgId}/${place}/${target.targetId}` as never}>{say('audit.open')}</Link>}
        <Link
          to={`/o/${orgId}/audit` as never}
          search={{ target: target.targetId, targetName: target.label || type } as never}
        >
          {say('audit.eventsOfThis')}
        </Link>
      </header>
      {target.changes.length > 0 ? (
        <Changes changes={target.changes} words={words} />
      ) : (
        target.outcome === 'DONE' && <p className="faint">{say('audit.noChanges')}</p>
      )}
    </article>
  );
}
