import { useMemo } from 'react';
import { useIntl } from 'react-intl';
import type { Org } from '../app/access';
import { useNames } from '../app/names';
import { useText } from '../app/text';

// What people call the names of the record. The schema may have more by the next version: a name without words stands
// for itself.

/** The operations that have a name here. */
export const operations = [
  'assignCreators',
  'assignTask',
  'closeTask',
  'computeShares',
  'createApiToken',
  'createApp',
  'createCreator',
  'createOrg',
  'createRole',
  'createSubAccount',
  'createTask',
  'deleteApp',
  'deleteRole',
  'deleteSubAccounts',
  'disableApp',
  'disableSubAccounts',
  'download',
  'enableApp',
  'enableSubAccounts',
  'endCreators',
  'endSessions',
  'exportAuditEvents',
  'exportCreators',
  'exportFigures',
  'exportOrders',
  'exportTasks',
  'importCreators',
  'importOrders',
  'openTask',
  'rebuildFigures',
  'refundOrder',
  'releaseSeat',
  'revokeApiTokens',
  'rotateApiToken',
  'sendBindCode',
  'sendCode',
  'setAssignmentStatus',
  'setPassword',
  'settleOrders',
  'signIn',
  'signOut',
  'updateApp',
  'updateCreator',
  'updateOrg',
  'updateRole',
  'updateSubAccount',
  'updateTask',
  'voidOrders',
  'wakeSeat',
] as const;

const fields = [
  'amount',
  'brief',
  'budget',
  'category',
  'changed',
  'codes',
  'commission',
  'commissionAfterRefunds',
  'contacts',
  'contractFrom',
  'contractTo',
  'count',
  'created',
  'createdAt',
  'creator',
  'creatorShare',
  'creators',
  'currency',
  'deadline',
  'description',
  'email',
  'endsAt',
  'filter',
  'followers',
  'givenNet',
  'givenShare',
  'grants',
  'hasPassword',
  'hint',
  'ipRanges',
  'lastActiveAt',
  'madeBy',
  'manager',
  'name',
  'netCommission',
  'number',
  'orders',
  'orgShare',
  'ownerName',
  'paidAt',
  'parentNumber',
  'phone',
  'platformId',
  'productName',
  'reason',
  'refundAmount',
  'refundedAt',
  'refused',
  'reward',
  'roles',
  'rows',
  'sessions',
  'settled',
  'settledAt',
  'settledBy',
  'shareBps',
  'status',
  'timeZone',
  'title',
  'unchanged',
  'updatedAt',
  'whole',
] as const;

const values = [
  'ACCEPTED',
  'APPROVED',
  'ASSIGNED',
  'CLOSED',
  'DISABLED',
  'DRAFT',
  'ENABLED',
  'ENDED',
  'OPEN',
  'PAID',
  'REFUNDED',
  'REJECTED',
  'SETTLED',
  'SIGNED',
  'SUBMITTED',
  'false',
  'true',
] as const;

const types = [
  'Account',
  'ApiToken',
  'App',
  'AuditEvent',
  'Creator',
  'ExportAuditEventsPayload',
  'ExportCreatorsPayload',
  'ExportFiguresPayload',
  'ExportOrdersPayload',
  'ExportTasksPayload',
  'ImportCreatorsPayload',
  'ImportOrdersPayload',
  'Order',
  'Org',
  'Role',
  'Session',
  'SettleOrdersPayload',
  'SubAccount',
  'Task',
  'TaskAssignment',
  'VerificationCode',
] as const;

const codes = [
  'ACCOUNT_HAS_SEATS',
  'ACCOUNT_OWNS_ORG',
  'ALREADY_BOUND',
  'BAD_REQUEST',
  'CHANGED_MEANWHILE',
  'CODE_EXPIRED',
  'CODE_TOO_SOON',
  'CODE_WRONG',
  'FORBIDDEN',
  'INTERNAL',
  'INVALID',
  'LIMIT_EXCEEDED',
  'MODULE_NOT_GRANTABLE',
  'NAME_TAKEN',
  'NOT_FOUND',
  'ORG_LIMIT_REACHED',
  'OUT_OF_SCOPE',
  'RATE_LIMITED',
  'ROLE_IN_USE',
  'ROLE_REQUIRED',
  'SIGN_IN_FAILED',
  'TOO_MANY',
  'TOO_MANY_ATTEMPTS',
  'UNAUTHENTICATED',
] as const;

const money = [
  'amount',
  'commission',
  'reward',
  'refundAmount',
  'netCommission',
  'orgShare',
  'creatorShare',
  'givenShare',
  'givenNet',
];
// Fields whose values have names.
const named = ['status', 'hasPassword', 'whole', 'commissionAfterRefunds'];
const moments = ['paidAt', 'settledAt', 'refundedAt', 'createdAt', 'updatedAt', 'deadline', 'lastActiveAt', 'endsAt'];

/** A field before and after a change. */
export interface Change {
  readonly field: string;
  readonly before: string | null | undefined;
  readonly after: string | null | undefined;
  readonly beforeNames: readonly string[];
  readonly afterNames: readonly string[];
}

/** The names of modules, in the reader's language. */
export type ModuleNames = readonly { readonly module: string; readonly name: string }[];

/** What the names on record are called. */
export interface Words {
  operation: (name: string) => string;
  field: (name: string) => string;
  type: (name: string) => string;
  code: (name: string) => string;
  /** A side of a change, line by line; null where there was nothing. */
  lines: (change: Change, side: 'before' | 'after') => string[] | null;
}

/** Returns what the names on record are called in the reader's language, with money and times as the org has them. */
export function useWords(org: Pick<Org, 'currency' | 'timeZone'> | null, modules: ModuleNames): Words {
  const say = useText();
  const intl = useIntl();
  const listed = useNames();
  return useMemo(() => {
    const known = <N extends string>(names: readonly N[], name: string) => names.find((one) => one === name);
    const value = (text: string) => {
      const word = known(values, text);
      return word ? say(`audit.value.${word}`) : text;
    };
    const amount = (text: string) => {
      if (!org || !/^-?\d+$/.test(text)) return text;
      const format = new Intl.NumberFormat(intl.locale, { style: 'currency', currency: org.currency });
      return format.format(Number(text) / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
    };
    const moment = (text: string) => {
      if (Number.isNaN(Date.parse(text))) return text;
      return intl.formatDate(text, { dateStyle: 'medium', timeStyle: 'short', ...(org && { timeZone: org.timeZone }) });
    };
    const share = (text: string) =>
      intl.formatNumber(Number(text) / 10_000, { style: 'percent', maximumFractionDigits: 2 });
    // Grants are on record as TASKS: VIEW, EDIT (ALL); ORDERS: VIEW (OWN).
    const grant = (text: string) => {
      const [, module = '', actions = '', scope] = /^(\w+): ([\w, ]+) \((\w+)\)$/.exec(text) ?? [];
      if (!module) return text;
      const name = modules.find((one) => one.module === module)?.name ?? module;
      const list = actions.split(', ').map((one) => {
        const action = known(['VIEW', 'EDIT', 'EXPORT'] as const, one);
        return action ? say(`role.action.${action}`) : one;
      });
      const values = { module: name, actions: listed(list) };
      return scope === 'OWN' ? say('audit.grantOwn', values) : say('audit.grant', values);
    };
    return {
      operation: (name) => {
        const one = known(operations, name);
        return one ? say(`audit.operation.${one}`) : name;
      },
      field: (name) => {
        const one = known(fields, name);
        return one ? say(`audit.field.${one}`) : name;
      },
      type: (name) => {
        const one = known(types, name);
        return one ? say(`audit.type.${one}`) : name;
      },
      code: (name) => {
        const one = known(codes, name);
        return one ? say(`audit.code.${one}`) : name;
      },
      lines: (change, side) => {
        const text = change[side];
        const names = side === 'before' ? change.beforeNames : change.afterNames;
        if (text === null || text === undefined) return null;
        if (names.length > 0) return [...names];
        if (change.field === 'grants') return text === '' ? [] : text.split('; ').map(grant);
        if (money.includes(change.field)) return [amount(text)];
        if (moments.includes(change.field)) return [moment(text)];
        if (change.field === 'shareBps' && /^\d+$/.test(text)) return [share(text)];
        if (change.field === 'brief' || change.field === 'description') return text === '' ? [] : text.split('\n');
        return text === '' ? [] : [named.includes(change.field) ? value(text) : text];
      },
    };
  }, [say, intl, listed, org, modules]);
}
