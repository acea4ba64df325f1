import './org-settings.css';
import { type FormEvent, useState } from 'react';
import { useIntl } from 'react-intl';
import { fetchQuery, graphql, useRelayEnvironment } from 'react-relay';
import type { orgSettingsMutation } from '../__generated__/orgSettingsMutation.graphql';
import type { orgSettingsQuery } from '../__generated__/orgSettingsQuery.graphql';
import type { orgSettingsTheirsQuery } from '../__generated__/orgSettingsTheirsQuery.graphql';
import { EventsOf } from '../audit/events-of';
import { refreshAccess } from '../app/access';
import { useDraft } from '../app/drafts';
import { tell } from '../app/news';
import { NotFound } from '../app/refused';
import { useOrgId, useScreen } from '../app/screen';
import { useText } from '../app/text';
import { errorAt, otherErrors, type UserError } from '../app/user-errors';
import { useWrite } from '../app/write';
import { Button } from '../ui/button';
import { Conflict } from '../ui/conflict';
import { TextField } from '../ui/field';
import { Card, FormFoot, Page } from '../ui/page';
import { Picker } from '../ui/picker';
import { Notice } from '../ui/state';
import { Moment } from '../ui/time';

const Query = graphql`
  query orgSettingsQuery($org: ID!) @preloadable {
    org(id: $org) {
      id
      name
      ownerName
      timeZone
      currency
      createdAt
      updatedAt
      orders(first: 1) {
        nodes {
          id
        }
      }
    }
  }
`;

const Mutation = graphql`
  mutation orgSettingsMutation($input: UpdateOrgInput!) {
    updateOrg(input: $input) {
      org {
        id
        name
        ownerName
        timeZone
        currency
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

const TheirsQuery = graphql`
  query orgSettingsTheirsQuery($org: ID!) {
    org(id: $org) {
      id
      name
      ownerName
      timeZone
      currency
      updatedAt
    }
  }
`;

interface Form {
  name: string;
  ownerName: string;
  timeZone: string;
  currency: string;
}

/** 机构设置: the names, the time zone and the currency of the org. */
export function OrgSettings() {
  const say = useText();
  const intl = useIntl();
  const orgId = useOrgId();
  const environment = useRelayEnvironment();
  const { org } = useScreen<orgSettingsQuery>(Query);
  const saved: Form = {
    name: org?.name ?? '',
    ownerName: org?.ownerName ?? '',
    timeZone: org?.timeZone ?? '',
    currency: org?.currency ?? '',
  };
  const [form, edit, draft] = useDraft<Form>(`/o/${orgId}/settings/org`, saved, org?.updatedAt ?? null);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [theirs, setTheirs] = useState<{ form: Form; updatedAt: string } | null>(null);
  const [update, busy] = useWrite<orgSettingsMutation>(Mutation);
  if (!org) return <NotFound />;
  const locked = (org.orders?.nodes.length ?? 0) > 0;
  const names = new Intl.DisplayNames([intl.locale], { type: 'currency' });
  const currencyName = (code: string) =>
    /^[A-Za-z]{3}$/.test(code) ? `${code.toUpperCase()} · ${names.of(code.toUpperCase()) ?? code}` : code;
  const save = async (values: Form, expectedUpdatedAt: string | null) => {
    try {
      const { name, ownerName, timeZone, currency } = values;
      const { updateOrg } = await update({
        input: { orgId, name, ownerName, timeZone, ...(!locked && { currency }), expectedUpdatedAt },
      });
      const wrong = updateOrg?.userErrors ?? [];
      if (wrong.some(({ code }) => code === 'CHANGED_MEANWHILE')) {
        const found = (
          await fetchQuery<orgSettingsTheirsQuery>(
            environment,
            TheirsQuery,
            { org: orgId },
            { fetchPolicy: 'network-only' },
          ).toPromise()
        )?.org;
        if (found)
          setTheirs({
            form: { name: found.name, ownerName: found.ownerName, timeZone: found.timeZone, currency: found.currency },
            updatedAt: found.updatedAt,
          });
        return;
      }
      setTheirs(null);
      setErrors(wrong);
      if (!updateOrg || wrong.length > 0) return;
      draft.forget();
      tell('done', say('org.saved'));
      await refreshAccess();
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save(form, draft.version);
  };
  return (
    <Page
      title={say('org.settings')}
      about={say('org.settingsAbout')}
      actions={<EventsOf orgId={orgId} id={orgId} name={org.name} />}
    >
      <form className="form" onSubmit={submit}>
        {otherErrors(errors, 'name', 'ownerName', 'timeZone', 'currency').map((message) => (
          <Notice key={message} kind="bad" alert>
            {message}
          </Notice>
        ))}
        <div className="org-settings">
          <Card title={say('org.basics')}>
            <TextField
              label={say('org.name')}
              value={form.name}
              onChange={(name) => edit({ name })}
              required
              maxLength={50}
              hint={say('org.nameHint')}
              error={errorAt(errors, 'name')}
              autoComplete="off"
            />
            <TextField
              label={say('org.ownerNameOf')}
              value={form.ownerName}
              onChange={(ownerName) => edit({ ownerName })}
              required
              maxLength={20}
              hint={say('org.ownerNameOfHint')}
              error={errorAt(errors, 'ownerName')}
              autoComplete="off"
            />
          </Card>
          <Card title={say('org.locale')}>
            {(['timeZone', 'currency'] as const)
              .map((field) => errorAt(errors, field))
              .filter((message) => message !== undefined)
              .map((message) => (
                <Notice key={message} kind="bad" alert>
                  {message}
                </Notice>
              ))}
            <Picker
              label={say('org.timeZone')}
              hint={say('org.timeZoneHint')}
              chosen={{ id: form.timeZone, name: form.timeZone }}
              find={findZone}
              onChoose={(pick) => pick && edit({ timeZone: pick.id })}
            />
            {locked ? (
              <TextField
                label={say('org.currency')}
                value={currencyName(form.currency)}
                onChange={() => {}}
                disabled
                hint={say('org.currencyLocked')}
              />
            ) : (
              <Picker
                label={say('org.currency')}
                hint={say('org.currencyHint')}
                chosen={{ id: form.currency, name: currencyName(form.currency) }}
                find={async (text) => findCurrency(text, currencyName)}
                onChoose={(pick) => pick && edit({ currency: pick.id })}
              />
            )}
          </Card>
          <Card>
            <dl className="facts">
              <dt>{say('org.idOf')}</dt>
              <dd>
                <code>{org.id}</code>
              </dd>
              <dt>{say('org.created')}</dt>
              <dd>
                <Moment at={org.createdAt} zone={org.timeZone} />
              </dd>
              <dt>{say('org.changed')}</dt>
              <dd>
                <Moment at={org.updatedAt} zone={org.timeZone} />
              </dd>
            </dl>
          </Card>
        </div>
        <FormFoot {...(draft.changed && { said: say('ui.unsaved') })}>
          <Button
            onPress={() => {
              draft.forget();
              setErrors([]);
            }}
            isDisabled={!draft.changed}
          >
            {say('ui.cancel')}
          </Button>
          <Button kind="primary" type="submit" busy={busy} isDisabled={!draft.changed}>
            {say('ui.save')}
          </Button>
        </FormFoot>
      </form>
      {theirs && (
        <Conflict<Form>
          name={draft.base.name}
          base={draft.base}
          mine={form}
          theirs={theirs.form}
          busy={busy}
          fields={[
            { id: 'name', label: say('org.name'), show: (of) => of.name },
            { id: 'ownerName', label: say('org.ownerNameOf'), show: (of) => of.ownerName },
            { id: 'timeZone', label: say('org.timeZone'), show: (of) => of.timeZone },
            { id: 'currency', label: say('org.currency'), show: (of) => currencyName(of.currency) },
          ]}
          onKeep={(values) => {
            draft.rebase(values, theirs.form, theirs.updatedAt);
            void save(values, theirs.updatedAt);
          }}
          onTake={() => {
            draft.forget();
            setTheirs(null);
          }}
          onClose={() => setTheirs(null)}
        />
      )}
    </Page>
  );
}

async function findZone(text: string) {
  const wanted = text.toLowerCase().replaceAll(' ', '_');
  const all = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
  return all
    .filter((zone) => zone.toLowerCase().includes(wanted))
    .slice(0, 100)
    .map((zone) => ({ id: zone, name: zone }));
}

function findCurrency(text: string, nameOf: (code: string) => string) {
  const wanted = text.toLowerCase();
  // The currencies that most orgs count in stand first.
  const first = ['CNY', 'HKD', 'USD', 'EUR', 'JPY', 'SGD'];
  const all = [...first, ...Intl.supportedValuesOf('currency').filter((code) => !first.includes(code))];
  return all
    .map((code) => ({ id: code, name: nameOf(code) }))
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .slice(0, 100);
}
