import { useCallback } from 'react';
import type { MessageFormatElement } from 'react-intl';
import { languages } from '../app/preferences';
import { loadMessages, useText } from '../app/text';
import type { Pick } from '../ui/picker';

// What people say that they cannot do, by the field of the API that it comes down to; the text is access.what.
const abilities = [
  'Org_creators',
  'Mutation_createCreator',
  'Mutation_updateCreator',
  'Mutation_assignCreators',
  'Mutation_endCreators',
  'Mutation_importCreators',
  'Mutation_exportCreators',
  'Org_tasks',
  'Mutation_createTask',
  'Mutation_updateTask',
  'Mutation_openTask',
  'Mutation_closeTask',
  'Mutation_assignTask',
  'Mutation_setAssignmentStatus',
  'Mutation_exportTasks',
  'Org_data',
  'Mutation_exportFigures',
  'Org_orders',
  'Order_commission',
  'Order_creator',
  'Mutation_importOrders',
  'Mutation_settleOrders',
  'Mutation_refundOrder',
  'Mutation_voidOrders',
  'Mutation_exportOrders',
  'Org_auditEvents',
  'Mutation_exportAuditEvents',
  'Org_subAccounts',
  'Mutation_createSubAccount',
  'Mutation_updateSubAccount',
  'Mutation_disableSubAccounts',
  'Mutation_deleteSubAccounts',
  'Org_roles',
  'Mutation_createRole',
  'Mutation_updateRole',
  'Mutation_updateOrg',
  'Mutation_releaseSeat',
  'Mutation_createOrg',
] as const;

type Ability = (typeof abilities)[number];

const coordinateOf = (ability: Ability) => ability.replace('_', '.');

/** Returns what a field of the API is called: in words where it has some, else by its own name. */
export function useAbilityName(): (coordinate: string) => string {
  const say = useText();
  return useCallback(
    (coordinate) => {
      const ability = abilities.find((one) => coordinateOf(one) === coordinate);
      return ability ? say(`access.what.${ability}`) : coordinate;
    },
    [say],
  );
}

/** Returns what finds abilities by their Chinese or English names, and fields of the API by their own. */
export function useFindAbility(): (text: string) => Promise<Pick[]> {
  const nameOf = useAbilityName();
  return useCallback(
    async (text) => {
      const wanted = text.toLocaleLowerCase();
      const known = await Promise.all(languages.map(loadMessages));
      const holds = (name: string) => name.toLocaleLowerCase().includes(wanted);
      const found = abilities.filter((ability) => {
        const names = known.map((messages) => plain(messages[`access.what.${ability}`]));
        return [coordinateOf(ability), ...names].some(holds);
      });
      const picks = found.map((ability) => ({ id: coordinateOf(ability), name: nameOf(coordinateOf(ability)) }));
      if (wanted.length < 3) return picks;
      const all = await coordinates();
      const fields = all.filter((coordinate) => holds(coordinate) && !picks.some(({ id }) => id === coordinate));
      return [...picks, ...fields.slice(0, 20).map((coordinate) => ({ id: coordinate, name: coordinate }))];
    },
    [nameOf],
  );
}

// plain returns a text without arguments, as it was compiled.
function plain(message: MessageFormatElement[] | undefined): string {
  return (message ?? []).map((part) => ('value' in part && typeof part.value === 'string' ? part.value : '')).join('');
}

// What frames other things is nothing that a person asks for.
const frame = /^\w+(Payload|Connection|Edge)\.|^PageInfo\./;

let fetched: Promise<string[]> | null = null;

// coordinates returns all fields of the API by their names, which the server says once.
function coordinates(): Promise<string[]> {
  fetched ??= readCoordinates().catch(() => {
    fetched = null;
    return [];
  });
  return fetched;
}

async function readCoordinates(): Promise<string[]> {
  const { fields } = (await (await fetch('/permissions.json')).json()) as { fields: object };
  return Object.keys(fields).filter((name) => !frame.test(name));
}
