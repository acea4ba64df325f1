import './explain.css';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { explainAccountsQuery } from '../__generated__/explainAccountsQuery.graphql';
import type { explainQuery, explainQuery$data } from '../__generated__/explainQuery.graphql';
import { useOrgId, useScreen, useSearchState } from '../app/screen';
import { useText } from '../app/text';
import { Chip } from '../ui/bits';
import { Icon } from '../ui/icon';
import { Card, Page } from '../ui/page';
import { Picker } from '../ui/picker';
import { Empty } from '../ui/state';
import { useAbilityName, useFindAbility } from './abilities';
import type { AccessSearch } from './screens';

const Query = graphql`
  query explainQuery($org: ID!, $account: ID!, $what: String!, $chosen: Boolean!, $asked: Boolean!) @preloadable {
    modules {
      module
      name
      grantable
    }
    node(id: $account) @include(if: $chosen) {
      id
      ... on SubAccount {
        name
      }
    }
    explainAccess(orgId: $org, subAccountId: $account, coordinate: $what) @include(if: $asked) {
      coordinate
      guard
      status
      module
      action
      scope
      verdict
      message
      subAccount {
        id
        name
      }
      roles {
        scope
        role {
          id
          name
        }
      }
    }
  }
`;

const AccountsQuery = graphql`
  query explainAccountsQuery($org: ID!, $search: String!) {
    org(id: $org) {
      id
      subAccounts(first: 20, filter: { search: $search }, orderBy: { field: NAME, direction: ASC }) {
        nodes {
          id
          name
        }
      }
    }
  }
`;

type Explanation = NonNullable<explainQuery$data['explainAccess']>;

/** 权限查询: whether a sub-account may do something, and how this is decided, step by step. */
export function Explain() {
  const say = useText();
  const orgId = useOrgId();
  const environment = useRelayEnvironment();
  const nameOf = useAbilityName();
  const findAbility = useFindAbility();
  const [{ account, what }, change] = useSearchState<AccessSearch>();
  const { modules, node, explainAccess } = useScreen<explainQuery>(Query);
  const findAccount = async (search: string) => {
    const found = await fetchQuery<explainAccountsQuery>(
      environment,
      AccountsQuery,
      { org: orgId, search },
      { fetchPolicy: 'network-only' },
    ).toPromise();
    return found?.org?.subAccounts?.nodes ?? [];
  };
  const moduleOf = (module: string) => modules.find((one) => one.module === module);
  return (
    <Page title={say('access.title')} about={say('access.about')}>
      <section className="query-bar explain-bar">
        <Picker
          label={say('access.account')}
          placeholder={say('access.accountLike')}
          find={findAccount}
          chosen={account ? { id: account, name: node?.name ?? account } : null}
          onChoose={(pick) => {
            if ((pick?.id ?? '') !== account) change({ account: pick?.id ?? '' });
          }}
        />
        <Picker
          label={say('access.doing')}
          placeholder={say('access.doingLike')}
          hint={say('access.doingHint')}
          find={findAbility}
          chosen={what ? { id: what, name: nameOf(what) } : null}
          onChoose={(pick) => {
            if ((pick?.id ?? '') !== what) change({ what: pick?.id ?? '' });
          }}
        />
      </section>
      {!account || !what ? (
        <section className="list">
          <Empty icon="help" title={say('access.ask')}>
            {say('access.askAbout')}
          </Empty>
        </section>
      ) : !explainAccess ? (
        <section className="list">
          <Empty icon="search" title={say('access.unknown')}>
            {say('access.unknownAbout')}
          </Empty>
        </section>
      ) : (
        <Decision orgId={orgId} what={nameOf(what)} explained={explainAccess} moduleOf={moduleOf} />
      )}
    </Page>
  );
}

function Decision({
  orgId,
  what,
  explained,
  moduleOf,
}: {
  orgId: string;
  what: string;
  explained: Explanation;
  moduleOf: (module: string) => { name: string; grantable: boolean } | undefined;
}) {
  const say = useText();
  const { subAccount, status, module, action, scope, roles, verdict, guard, coordinate } = explained;
  const denied = verdict === 'DENIED';
  const asks = module !== null && module !== undefined;
  const info = asks ? moduleOf(module) : undefined;
  // The first step that leaves no other result decides.
  const deciding = denied && status === 'DISABLED' ? 'seat' : asks && info?.grantable !== false ? 'roles' : 'rule';
  const ok = (passes: boolean) => (passes ? 'yes' : 'no');
  return (
    <>
      <div className={`verdict ${verdict}`} role="status">
        <Icon name={denied ? 'close' : 'check'} size={20} />
        <div>
          <h2>{say(`access.verdict.${verdict}`, { name: subAccount.name, what })}</h2>
          <p>{explained.message}</p>
        </div>
        {deciding !== 'rule' && (
          <Link to={`/o/${orgId}/settings/accounts/${subAccount.id}` as never} className="button">
            {say('access.editAccount')}
          </Link>
        )}
      </div>
      <Card title={say('access.steps')}>
        <ol className="decision">
          <Step title={say('access.seat')} state={ok(status === 'ENABLED')} decides={deciding === 'seat'}>
            <p>
              {status === 'ENABLED'
                ? say('access.seatEnabled', { name: subAccount.name })
                : say('access.seatDisabled', { name: subAccount.name })}
            </p>
          </Step>
          <Step
            title={say('access.rule')}
            state={asks && info?.grantable === false ? 'no' : 'yes'}
            decides={deciding === 'rule'}
          >
            <p>
              {asks && action
                ? say('access.ruleAsks', { module: info?.name ?? module, action: say(`access.action.${action}`) })
                : verdict === 'ONLY_ABOUT_ITSELF'
                  ? say('access.ruleItself')
                  : say('access.ruleAsksNothing')}
            </p>
            {info?.grantable === false && <p>{say('access.ownerOnly', { module: info.name })}</p>}
            {guard !== coordinate && <p className="faint">{say('access.ruleGuard', { guard, coordinate })}</p>}
          </Step>
          <Step
            title={say('access.roles')}
            state={asks && deciding !== 'rule' ? ok(!denied || (status === 'DISABLED' && Boolean(scope))) : 'none'}
            decides={deciding === 'roles'}
          >
            {asks ? (
              <ul className="gives">
                {roles.map(({ role, scope: given }) => (
                  <li key={role.id}>
                    <span className={given ? 'yes' : 'no'}>
                      <Icon name={given ? 'check' : 'close'} size={14} />
                    </span>
                    <Link to={`/o/${orgId}/settings/roles/${role.id}` as never}>{role.name}</Link>
                    <span className="faint">{say(`access.roleGives.${given ?? 'NONE'}`)}</span>
                  </li>
                ))}
                {roles.length > 1 && <li className="sum">{say(`access.sum.${scope ?? 'NONE'}`)}</li>}
              </ul>
            ) : (
              <p className="faint">{say('access.rolesNotAsked')}</p>
            )}
          </Step>
        </ol>
      </Card>
    </>
  );
}

function Step({
  title,
  state,
  decides,
  children,
}: {
  title: string;
  state: 'yes' | 'no' | 'none';
  decides: boolean;
  children: ReactNode;
}) {
  const say = useText();
  return (
    <li data-decides={decides || undefined}>
      <span className={`sign ${state}`}>
        {state === 'none' ? null : <Icon name={state === 'yes' ? 'check' : 'close'} size={14} />}
      </span>
      <div className="step-text">
        <h3>
          {title}
          {decides && <Chip kind="accent">{say('access.deciding')}</Chip>}
        </h3>
        {children}
      </div>
    </li>
  );
}
