import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { graphql } from 'react-relay';
import type { appListQuery, appListQuery$data } from '../__generated__/appListQuery.graphql';
import { type Module, orgOf, useMay, useViewer } from '../app/access';
import { useNames } from '../app/names';
import { useOrgId, useReload, useScreen, useSearchState } from '../app/screen';
import { useText } from '../app/text';
import { Chip, Chips, Status } from '../ui/bits';
import { Button } from '../ui/button';
import { focusRow } from '../ui/focus';
import { Icon } from '../ui/icon';
import { Page } from '../ui/page';
import { Empty } from '../ui/state';
import { type Column, List, Table, Toolbar } from '../ui/table';
import { Moment } from '../ui/time';
import { type Act, AppAct, useEnableApp } from './app-act';
import { Guide } from './guide';
import type { AppSearch } from './screens';
import { endsSoon, works } from './tokens';

const Query = graphql`
  query appListQuery($org: ID!) @preloadable {
    modules {
      module
      name
    }
    org(id: $org) {
      id
      apps {
        id
        name
        description
        status
        lastUsedAt
        grants {
          module
          actions
        }
        tokens {
          id
          status
          endsAt
        }
      }
    }
  }
`;

type App = NonNullable<NonNullable<appListQuery$data['org']>['apps']>[number];

/** Whether the owner lets an app work, in a word. */
export function AppStatus({ status }: { status: App['status'] }) {
  const say = useText();
  return <Status kind={status === 'ENABLED' ? 'good' : 'off'}>{say(`integration.is.${status}`)}</Status>;
}

/** 开放平台: the apps of the org, what each may do, and how its tokens stand. */
export function AppList() {
  const say = useText();
  const listed = useNames();
  const orgId = useOrgId();
  const zone = orgOf(useViewer(), orgId)?.timeZone;
  const mayEdit = useMay(orgId, { module: 'INTEGRATIONS', action: 'EDIT' });
  const reload = useReload();
  const enable = useEnableApp();
  const [{ marked }] = useSearchState<AppSearch>();
  const [acting, setActing] = useState<{ act: Act; app: App } | null>(null);
  const { modules, org } = useScreen<appListQuery>(Query);
  const apps = org?.apps ?? [];
  const nameOf = (module: Module) => modules.find((one) => one.module === module)?.name ?? module;
  const to = (path: string) => `/o/${orgId}/settings/apps/${path}` as never;

  const columns: Column<App>[] = [
    {
      id: 'name',
      title: say('integration.app'),
      as: 'lead',
      cell: (app) => (
        <>
          <Link to={to(app.id)} className="main">
            {app.name}
          </Link>
          {app.description && <span className="more">{app.description}</span>}
        </>
      ),
    },
    {
      id: 'grants',
      title: say('role.grants'),
      cell: ({ grants }) =>
        grants.length === 0 ? (
          <span className="faint">{say('role.noModules')}</span>
        ) : (
          <Chips>
            {grants.map(({ module, actions }) => (
              <Chip key={module}>
                {say('integration.grant', {
                  module: nameOf(module),
                  actions: listed(actions.map((action) => say(`role.action.${action}`))),
                })}
              </Chip>
            ))}
          </Chips>
        ),
    },
    { id: 'status', title: say('integration.status'), cell: ({ status }) => <AppStatus status={status} /> },
    { id: 'tokens', title: say('integration.tokens'), cell: ({ tokens }) => <Tokens tokens={tokens ?? []} /> },
    {
      id: 'used',
      title: say('integration.lastUsed'),
      cell: ({ lastUsedAt }) => (
        <span className="faint">
          {lastUsedAt ? <Moment at={lastUsedAt} zone={zone} /> : say('integration.neverUsed')}
        </span>
      ),
    },
    {
      id: 'acts',
      title: say('ui.acts'),
      as: 'acts',
      end: true,
      cell: (app) =>
        mayEdit && (
          <>
            <Link to={to(app.id)}>{say('ui.edit')}</Link>
            {app.status === 'ENABLED' ? (
              <Button kind="link" onPress={() => setActing({ act: 'disable', app })}>
                {say('integration.disable')}
              </Button>
            ) : (
              <Button kind="link" onPress={() => void enable(app)}>
                {say('integration.enable')}
              </Button>
            )}
            <Button kind="link" warns onPress={() => setActing({ act: 'delete', app })}>
              {say('ui.delete')}
            </Button>
          </>
        ),
    },
  ];

  const add = mayEdit && (
    <Link to={to('new')} className="button primary">
      <Icon name="add" />
      {say('integration.new')}
    </Link>
  );
  return (
    <Page title={say('integration.title')} about={say('integration.about')} actions={<Guide />}>
      <List>
        <Toolbar title={say('integration.list')}>{apps.length > 0 && add}</Toolbar>
        {apps.length > 0 ? (
          <Table label={say('integration.title')} columns={columns} rows={apps} marked={marked} />
        ) : (
          <Empty icon="module" title={say('integration.empty')} action={add}>
            {say('integration.emptyAbout')}
          </Empty>
        )}
      </List>
      {acting && (
        <AppAct
          {...acting}
          onDone={(updatedAt) => {
            if (updatedAt) return;
            const focus = focusRow(acting.app.id);
            void reload().then(focus);
          }}
          onClose={() => setActing(null)}
        />
      )}
    </Page>
  );
}

function Tokens({ tokens }: { tokens: NonNullable<App['tokens']> }) {
  const say = useText();
  const count = tokens.filter(works).length;
  const soon = tokens.filter(endsSoon).length;
  if (count === 0) return <span className="faint">{say('integration.noTokens')}</span>;
  return (
    <span>
      {say('integration.workingTokens', { count })}
      {soon > 0 && (
        <span className="more">
          <Status kind="warn">{say('integration.endSoon', { count: soon })}</Status>
        </span>
      )}
    </span>
  );
}
