import './account.css';
import { useState } from 'react';
import { graphql } from 'react-relay';
import type { securityEndMutation } from '../__generated__/securityEndMutation.graphql';
import type { securityQuery, securityQuery$data } from '../__generated__/securityQuery.graphql';
import { tell } from '../app/news';
import { useReload, useScreen } from '../app/screen';
import { type Say, useText } from '../app/text';
import { useWrite } from '../app/write';
import { contactOf } from '../sub-account/contact';
import { Chip } from '../ui/bits';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { focusRow } from '../ui/focus';
import { Card, Page } from '../ui/page';
import { type Column, List, Table, Toolbar } from '../ui/table';
import { Moment } from '../ui/time';
import { deviceOf } from './device';
import { NewPassword } from './new-password';

const Query = graphql`
  query securityQuery @preloadable {
    viewer {
      id
      account {
        id
        phone
        email
        hasPassword
      }
      sessions {
        id
        current
        createdAt
        lastUsedAt
        ip
        userAgent
      }
    }
  }
`;

const EndMutation = graphql`
  mutation securityEndMutation($input: EndSessionsInput!) {
    endSessions(input: $input) {
      endedIds
      userErrors {
        code
        message
        field
      }
    }
  }
`;

type Account = NonNullable<securityQuery$data['viewer']>['account'];
type Session = NonNullable<securityQuery$data['viewer']>['sessions'][number];

const nameOf = (say: Say, { userAgent }: Session) => {
  const { browser, system } = deviceOf(userAgent);
  if (browser && system) return say('account.deviceOf', { browser, system });
  return browser ?? system ?? (userAgent || say('account.unknownDevice'));
};

/** 登录与安全: how the viewer signs in, the password, and the sessions. */
export function Security() {
  const say = useText();
  const { viewer } = useScreen<securityQuery>(Query);
  if (!viewer) return null;
  return (
    <Page title={say('account.security')}>
      <Contacts account={viewer.account} />
      <Sessions sessions={viewer.sessions} />
    </Page>
  );
}

function Contacts({ account }: { account: Account }) {
  const say = useText();
  const reload = useReload();
  const [setting, setSetting] = useState(false);
  const { phone, email, hasPassword } = account;
  return (
    <Card title={say('account.contacts')}>
      <ul className="contacts">
        <li>
          <span className="kind">{say('account.phone')}</span>
          <span className="value numbers">
            {phone ? contactOf({ phone }) : <span className="faint">{say('account.none')}</span>}
            {phone && <span className="more">{say('account.phoneAbout')}</span>}
          </span>
        </li>
        <li>
          <span className="kind">{say('account.email')}</span>
          <span className="value">
            {email ?? <span className="faint">{say('account.none')}</span>}
            {email && <span className="more">{say('account.emailAbout')}</span>}
          </span>
        </li>
        <li>
          <span className="kind">{say('account.password')}</span>
          <span className="value">
            {hasPassword ? say('account.passwordSet') : say('account.passwordUnset')}
            {!email && <span className="more">{say('account.passwordNeedsEmail')}</span>}
          </span>
          {email && (
            <Button onPress={() => setSetting(true)}>
              {hasPassword ? say('account.changePassword') : say('account.setPassword')}
            </Button>
          )}
        </li>
      </ul>
      {setting && email && <NewPassword email={email} onDone={() => void reload()} onClose={() => setSetting(false)} />}
    </Card>
  );
}

function Sessions({ sessions }: { sessions: readonly Session[] }) {
  const say = useText();
  const reload = useReload();
  const [ending, setEnding] = useState<Session | 'others' | null>(null);
  const [end, busy] = useWrite<securityEndMutation>(EndMutation);
  const others = sessions.filter(({ current }) => !current);
  const one = ending !== 'others' ? ending : null;
  const confirm = async () => {
    try {
      const { endSessions } = await end({ input: one ? { ids: [one.id] } : {} });
      const wrong = endSessions?.userErrors[0];
      if (wrong) tell('failed', wrong.message);
      else tell('done', say('account.ended', { count: endSessions?.endedIds.length ?? 0 }));
      const focus = focusRow(one?.id ?? '');
      setEnding(null);
      await reload();
      focus();
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  const columns: Column<Session>[] = [
    {
      id: 'device',
      title: say('account.device'),
      as: 'lead',
      cell: (session) => (
        <span className="device">
          <span className="main">{nameOf(say, session)}</span>
          {session.current && <Chip kind="accent">{say('account.current')}</Chip>}
        </span>
      ),
    },
    { id: 'ip', title: say('account.ip'), cell: ({ ip }) => <span className="numbers">{ip}</span> },
    {
      id: 'used',
      title: say('account.lastUsed'),
      cell: ({ lastUsedAt }) => (
        <span className="faint">
          <Moment at={lastUsedAt} />
        </span>
      ),
    },
    {
      id: 'began',
      title: say('account.began'),
      cell: ({ createdAt }) => (
        <span className="faint">
          <Moment at={createdAt} />
        </span>
      ),
    },
    {
      id: 'acts',
      title: say('ui.acts'),
      as: 'acts',
      end: true,
      cell: (session) =>
        session.current ? null : (
          <Button kind="link" warns onPress={() => setEnding(session)}>
            {say('account.end')}
          </Button>
        ),
    },
  ];
  return (
    <>
      <List>
        <Toolbar title={say('account.sessions')}>
          {others.length > 0 ? (
            <Button onPress={() => setEnding('others')}>{say('account.endOthers')}</Button>
          ) : (
            <span className="faint">{say('account.onlyThis')}</span>
          )}
        </Toolbar>
        <Table label={say('account.sessions')} columns={columns} rows={sessions} />
      </List>
      <p className="faint">{say('account.sessionsAbout')}</p>
      <Confirm
        open={ending !== null}
        onClose={() => setEnding(null)}
        warns
        busy={busy}
        onConfirm={() => void confirm()}
        action={say('account.end')}
        title={
          one
            ? say('account.endTitle', { device: nameOf(say, one) })
            : say('account.endOthersTitle', { count: others.length })
        }
      >
        <p>{one ? say('account.endAbout') : say('account.endOthersAbout')}</p>
      </Confirm>
    </>
  );
}
