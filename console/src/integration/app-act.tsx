import { graphql } from 'react-relay';
import type { appActDeleteMutation } from '../__generated__/appActDeleteMutation.graphql';
import type { appActDisableMutation } from '../__generated__/appActDisableMutation.graphql';
import type { appActEnableMutation } from '../__generated__/appActEnableMutation.graphql';
import { tell } from '../app/news';
import { useOrgId } from '../app/screen';
import { useText } from '../app/text';
import { useWrite } from '../app/write';
import { Confirm } from '../ui/dialog';
import { works } from './tokens';

const EnableMutation = graphql`
  mutation appActEnableMutation($input: EnableAppInput!) {
    enableApp(input: $input) {
      app {
        id
        status
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

const DisableMutation = graphql`
  mutation appActDisableMutation($input: DisableAppInput!) {
    disableApp(input: $input) {
      app {
        id
        status
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

const DeleteMutation = graphql`
  mutation appActDeleteMutation($input: DeleteAppInput!) {
    deleteApp(input: $input) {
      deletedId
      userErrors {
        code
        message
        field
      }
    }
  }
`;

/** What is done to an app as a whole, after a question. */
export type Act = 'disable' | 'delete';

/** An app, as far as what is done to it says. */
export interface ActedApp {
  readonly id: string;
  readonly name: string;
  readonly tokens: readonly { readonly status: string }[] | null | undefined;
}

/** Returns what enables an app; it returns the version of the app afterwards. */
export function useEnableApp(): (app: Pick<ActedApp, 'id' | 'name'>) => Promise<string | null> {
  const say = useText();
  const orgId = useOrgId();
  const [send] = useWrite<appActEnableMutation>(EnableMutation);
  return async ({ id, name }) => {
    try {
      const { enableApp } = await send({ input: { orgId, id } });
      const wrong = enableApp?.userErrors[0];
      tell(wrong ? 'failed' : 'done', wrong?.message ?? say('integration.enabled', { name }));
      return enableApp?.app?.updatedAt ?? null;
    } catch (error) {
      tell('failed', (error as Error).message);
      return null;
    }
  };
}

/** Asks before an app is disabled or deleted, and says what ends. */
export function AppAct({
  act,
  app,
  onDone,
  onClose,
}: {
  act: Act;
  app: ActedApp;
  /** Called with the version of the app afterwards; null for one that is gone. */
  onDone: (updatedAt: string | null) => void;
  onClose: () => void;
}) {
  const say = useText();
  const orgId = useOrgId();
  const [disable, disabling] = useWrite<appActDisableMutation>(DisableMutation);
  const [remove, deleting] = useWrite<appActDeleteMutation>(DeleteMutation);
  const { id, name } = app;
  const count = (app.tokens ?? []).filter(works).length;
  const confirm = async () => {
    try {
      const input = { orgId, id };
      const disabled = act === 'disable' ? (await disable({ input })).disableApp : null;
      const deleted = act === 'delete' ? (await remove({ input })).deleteApp : null;
      const wrong = (disabled ?? deleted)?.userErrors[0];
      if (wrong) tell('failed', wrong.message);
      else
        tell('done', act === 'delete' ? say('integration.deleted', { name }) : say('integration.disabled', { name }));
      onDone(disabled?.app?.updatedAt ?? null);
      onClose();
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  return (
    <Confirm
      open
      onClose={onClose}
      title={act === 'delete' ? say('integration.deleteTitle', { name }) : say('integration.disableTitle', { name })}
      action={act === 'delete' ? say('ui.delete') : say('integration.disable')}
      warns
      busy={disabling || deleting}
      onConfirm={() => void confirm()}
    >
      <p>{act === 'delete' ? say('integration.deleteAbout', { count }) : say('integration.disableAbout', { count })}</p>
      {act === 'delete' && <p>{say('integration.deleteStays')}</p>}
    </Confirm>
  );
}
