import { graphql } from 'react-relay';
import type { roleDeleteMutation } from '../__generated__/roleDeleteMutation.graphql';
import { useNames } from '../app/names';
import { tell } from '../app/news';
import { useOrgId, useReload } from '../app/screen';
import { useText } from '../app/text';
import { useWrite } from '../app/write';
import { Confirm } from '../ui/dialog';
import { focusRow } from '../ui/focus';

const Mutation = graphql`
  mutation roleDeleteMutation($input: DeleteRoleInput!) {
    deleteRole(input: $input) {
      deletedId
      userErrors {
        code
        message
        field
      }
    }
  }
`;

interface Role {
  readonly id: string;
  readonly name: string;
  readonly subAccounts: {
    readonly totalCount: number;
    readonly nodes: readonly { readonly id: string; readonly name: string }[];
  };
}

/** Asks before a role is deleted; for a role in use it says who holds it, and leads there. */
export function DeleteRole({
  role,
  onClose,
  onHolders,
}: {
  role: Role | null;
  onClose: () => void;
  onHolders: (role: Role) => void;
}) {
  const say = useText();
  const listed = useNames();
  const orgId = useOrgId();
  const reload = useReload();
  const [send, busy] = useWrite<roleDeleteMutation>(Mutation);
  if (!role) return null;
  const holders = role.subAccounts;
  if (holders.totalCount > 0) {
    return (
      <Confirm
        open
        onClose={onClose}
        title={say('role.inUse', { name: role.name })}
        action={say('role.showHolders')}
        onConfirm={() => onHolders(role)}
      >
        <p>
          {say('role.inUseAbout', { names: listed(holders.nodes.map(({ name }) => name)), count: holders.totalCount })}
        </p>
      </Confirm>
    );
  }
  const remove = async () => {
    try {
      const { deleteRole } = await send({ input: { orgId, id: role.id } });
      const wrong = deleteRole?.userErrors[0];
      tell(wrong ? 'failed' : 'done', wrong?.message ?? say('role.deleted', { name: role.name }));
      const next = focusRow(role.id);
      onClose();
      await reload();
      next();
    } catch (error) {
      tell('failed', (error as Error).message);
    }
  };
  return (
    <Confirm
      open
      onClose={onClose}
      title={say('role.deleteTitle', { name: role.name })}
      action={say('ui.delete')}
      warns
      busy={busy}
      onConfirm={() => void remove()}
    >
      <p>{say('role.deleteAbout')}</p>
    </Confirm>
  );
}
