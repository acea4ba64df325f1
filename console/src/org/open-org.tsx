import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { graphql, useLazyLoadQuery } from 'react-relay';
import type { openOrgMutation } from '../__generated__/openOrgMutation.graphql';
import type { openOrgStepsQuery } from '../__generated__/openOrgStepsQuery.graphql';
import { type Org, refreshAccess, useViewer } from '../app/access';
import { tell } from '../app/news';
import { useText } from '../app/text';
import { errorAt, otherErrors, useWrite, type UserError } from '../app/write';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';
import { Icon } from '../ui/icon';
import { Card } from '../ui/page';
import { Notice } from '../ui/state';
import { Frame } from './frame';

const Mutation = graphql`
  mutation openOrgMutation($input: CreateOrgInput!) {
    createOrg(input: $input) {
      org {
        id
        name
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`;

const StepsQuery = graphql`
  query openOrgStepsQuery($org: ID!) {
    org(id: $org) {
      id
      roles(first: 1) {
        totalCount
      }
      subAccounts(first: 1, orderBy: { field: LAST_ACTIVE_AT, direction: DESC }) {
        totalCount
        nodes {
          id
          lastActiveAt
        }
      }
    }
  }
`;

/** Opens an org, and then shows its owner the first steps. */
export function OpenOrg() {
  const viewer = useViewer();
  if (viewer?.ownedOrg) return <FirstSteps org={viewer.ownedOrg} />;
  return <OpenForm />;
}

function OpenForm() {
  const say = useText();
  const [name, setName] = useState('');
  const [ownerName, setOwnerName] = useState('');
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [open, busy] = useWrite<openOrgMutation>(Mutation);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const { createOrg } = await open({ input: { name, ...(ownerName.trim() && { ownerName }) } });
      setErrors(createOrg?.userErrors ?? []);
      if (createOrg && createOrg.userErrors.length === 0) {
        tell('done', say('org.opened', { name }));
        await refreshAccess();
      }
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  return (
    <Frame title={say('org.openOwn')} about={say('org.openAbout')}>
      <form onSubmit={(event) => void submit(event)}>
        <Card>
          {otherErrors(errors, 'name', 'ownerName').map((message) => (
            <Notice key={message} kind="bad" alert>
              {message}
            </Notice>
          ))}
          <TextField
            label={say('org.name')}
            value={name}
            onChange={setName}
            required
            autoFocus
            maxLength={50}
            hint={say('org.nameHint')}
            error={errorAt(errors, 'name')}
            large
          />
          <TextField
            label={say('org.ownerName')}
            value={ownerName}
            onChange={setOwnerName}
            maxLength={20}
            hint={say('org.ownerNameHint')}
            error={errorAt(errors, 'ownerName')}
            large
          />
          <Button kind="primary" type="submit" large busy={busy}>
            {say('org.open')}
          </Button>
        </Card>
      </form>
    </Frame>
  );
}

// The steps are ticked by what exists: a role, a sub-account, and its first use.
function FirstSteps({ org }: { org: NonNullable<Org> }) {
  const say = useText();
  const navigate = useNavigate();
  const data = useLazyLoadQuery<openOrgStepsQuery>(
    StepsQuery,
    { org: org.id },
    { fetchPolicy: 'store-and-network' },
  ).org;
  const accounts = data?.subAccounts;
  const steps = [
    {
      id: 'role',
      title: say('org.stepRole'),
      about: say('org.stepRoleAbout'),
      done: (data?.roles?.totalCount ?? 0) > 0,
      to: `/o/${org.id}/settings/roles`,
      action: say('org.stepRoleDo'),
    },
    {
      id: 'account',
      title: say('org.stepAccount'),
      about: say('org.stepAccountAbout'),
      done: (accounts?.totalCount ?? 0) > 0,
      to: `/o/${org.id}/settings/accounts/new`,
      action: say('org.stepAccountDo'),
    },
    {
      id: 'hand',
      title: say('org.stepHand'),
      about: say('org.stepHandAbout', { address: `${location.origin}/console` }),
      done: Boolean(accounts?.nodes[0]?.lastActiveAt),
      to: `/o/${org.id}/settings/accounts`,
      action: say('org.stepHandDo'),
    },
  ];
  return (
    <Frame title={say('org.firstSteps', { org: org.name })} about={say('org.firstStepsAbout')}>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step.id} className="step" data-done={step.done || undefined}>
            <span className="tick">
              {step.done && <Icon name="check" />}
              {step.done && <span className="unseen">{say('org.stepDone')}</span>}
            </span>
            <div>
              <h2>{step.title}</h2>
              <p>{step.about}</p>
            </div>
            <Link to={step.to as never} className={step.done ? 'button' : 'button primary'}>
              {step.action}
            </Link>
          </li>
        ))}
      </ol>
      <div>
        <Button kind="link" onPress={() => void navigate({ to: `/o/${org.id}` as never })}>
          {say('org.toOrg')}
        </Button>
      </div>
    </Frame>
  );
}
