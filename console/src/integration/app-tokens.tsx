import './integration.css';
import { useState } from 'react';
import { graphql } from 'react-relay';
import type { appEditorQuery$data } from '../__generated__/appEditorQuery.graphql';
import type { appTokensRevokeMutation } from '../__generated__/appTokensRevokeMutation.graphql';
import { deviceOf } from '../account/device';
import { tell } from '../app/news';
import { useOrgId, useReload } from '../app/screen';
import { type Say, useText } from '../app/text';
import { useWrite } from '../app/write';
import { Status } from '../ui/bits';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { focusRow, keepFocus } from '../ui/focus';
import { Empty, Notice } from '../ui/state';
import { type Column, List, Table, Toolbar } from '../ui/table';
import { Moment } from '../ui/time';
import { TokenDialog } from './token-dialog';
import { daysLeft, endsSoon, works } from './tokens';

const RevokeMutation = graphql`
  mutation appTokensRevokeMutation($input: RevokeApiTokensInput!) {
    revokeApiTokens(input: $input) {
      tokens {
        id
        status
        endsAt
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

/** An app as its screen requests it. */
export type App = Extract<NonNullable<appEditorQuery$data['node']>, { readonly name?: unknown }>;
type Token = NonNullable<App['tokens']>[number];

const clientOf = (say: Say, userAgent: string | null | undefined) => {
  const { browser, system } = deviceOf(userAgent);
  if (browser && system) return say('account.deviceOf', { browser, system });
  return browser ?? system ?? userAgent ?? '';
};

/** The tokens of an app: which work and until when, from where they are used, and what makes and ends them. */
export function AppTokens({ app, zone }: { app: App; zone: string | undefined }) {
  const say = useText();
  const reload = useReload();
  const [making, setMaking] = useState<{ old: Token | null } | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const [all, setAll] = useState(false);
  const tokens = app.tokens ?? [];
  const working = tokens.filter(works);
  // Somebody who goes on using a token that ended has to hear of it, so it stays in sight.
  const tried = tokens.filter((token) => !works(token) && token.lastRefusedAt);
  const ended = tokens.filter((token) => !works(token) && !token.lastRefusedAt);
  const rows = [...working, ...tried, ...(all ? ended : [])];

  const columns: Column<Token>[] = [
    {
      id: 'name',
      title: say('integration.token'),
      as: 'lead',
      cell: ({ name, hint }) => (
        <>
          <span className="main">{name}</span>
          <span className="more mono">{say('integration.hint', { hint })}</span>
        </>
      ),
    },
    {
      id: 'status',
      title: say('integration.status'),
      cell: (token) => <TokenStatus token={token} zone={zone} />,
    },
    {
      id: 'used',
      title: say('integration.lastUsed'),
      cell: ({ lastUsedAt, lastUsedIp, lastUsedUserAgent, lastRefusedAt, lastRefusedIp }) => (
        <span className="token-use">
          {lastUsedAt ? (
            <>
              <Moment at={lastUsedAt} zone={zone} />
              <span className="more" title={lastUsedUserAgent ?? undefined}>
                {[lastUsedIp, clientOf(say, lastUsedUserAgent)].filter(Boolean).join(' · ')}
              </span>
            </>
          ) : (
            <span className="faint">{say('integration.neverUsed')}</span>
          )}
          {lastRefusedAt && (
            <span className="refused">
              <Status kind="warn">{say('integration.lastRefused')}</Status>
              <span className="more">
                <Moment at={lastRefusedAt} zone={zone} />
                {lastRefusedIp && ` · ${lastRefusedIp}`}
              </span>
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'created',
      title: say('integration.createdAt'),
      cell: ({ createdAt, createdByName }) => (
        <span>
          <Moment at={createdAt} zone={zone} />
          {createdByName && <span className="more">{createdByName}</span>}
        </span>
      ),
    },
    {
      id: 'acts',
      title: say('ui.acts'),
      as: 'acts',
      end: true,
      cell: (token) =>
        works(token) && (
          <>
            <Button
              kind="link"
              aria-label={say('integration.rotateOf', { name: token.name })}
              onPress={() => setMaking({ old: token })}
            >
              {say('integration.rotate')}
            </Button>
            <Button
              kind="link"
              warns
              aria-label={say('integration.revokeOf', { name: token.name })}
              onPress={() => setRevoking(token)}
            >
              {say('integration.revoke')}
            </Button>
          </>
        ),
    },
  ];

  const add = (primary: boolean) => (
    <Button kind={primary ? 'primary' : 'secondary'} icon="add" onPress={() => setMaking({ old: null })}>
      {say('integration.newToken')}
    </Button>
  );
  return (
    <>
      {app.status === 'DISABLED' && <Notice kind="warn">{say('integration.disabledNow')}</Notice>}
      <List>
        <Toolbar title={say('integration.tokensOf')}>
          {ended.length > 0 && (
            <Button kind="link" aria-expanded={all} onPress={() => setAll(!all)}>
              {all ? say('integration.hideEnded') : say('integration.showEnded', { count: ended.length })}
            </Button>
          )}
          {rows.length > 0 && add(working.length === 0)}
        </Toolbar>
        {rows.length > 0 ? (
          <Table label={say('integration.tokensOf')} columns={columns} rows={rows} />
        ) : (
          <Empty icon="key" title={say('integration.tokensEmpty')} action={add(true)}>
            {say('integration.tokensEmptyAbout')}
          </Empty>
        )}
      </List>
      {making && (
        <TokenDialog
          appId={app.id}
          old={making.old}
          onClose={(made) => {
            const { old } = making;
            setMaking(null);
            if (!made) return;
            const { name, sure } = made;
            if (sure) tell('done', old ? say('integration.rotated', { name }) : say('integration.tokenMade', { name }));
            void reload().then(keepFocus);
          }}
        />
      )}
      {revoking && <Revoke token={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const say = useText();
  const orgId = useOrgId();
  const [send, busy] = useWrite<appTokensRevokeMutation>(RevokeMutation);
  const { id, name } = token;
  const revoke = async () => {
    const focus = focusRow(id);
    try {
      const { revokeApiTokens } = await send({ input: { orgId, ids: [id] } });
      const wrong = revokeApiTokens?.userErrors[0];
      tell(wrong ? 'failed' : 'done', wrong?.message ?? say('integration.revoked', { name }));
      onClose();
      requestAnimationFrame(focus);
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  return (
    <Confirm
      open
      onClose={onClose}
      title={say('integration.revokeTitle', { name })}
      action={say('integration.revoke')}
      warns
      busy={busy}
      onConfirm={() => void revoke()}
    >
      <p>{say('integration.revokeAbout')}</p>
    </Confirm>
  );
}

function TokenStatus({ token, zone }: { token: Token; zone: string | undefined }) {
  const say = useText();
  const { status, endsAt } = token;
  const soon = endsSoon(token);
  return (
    <span>
      <Status kind={status === 'LIVE' ? (soon ? 'warn' : 'good') : status === 'ROTATED' ? 'warn' : 'off'}>
        {soon ? say('integration.daysLeft', { count: daysLeft(token) }) : say(`integration.tokenIs.${status}`)}
      </Status>
      <span className="more">
        {works(token) ? say('integration.until') : say('integration.endedAt')} <Moment at={endsAt} zone={zone} />
      </span>
    </span>
  );
}
