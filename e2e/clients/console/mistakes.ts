// Each line is wrong, and the type checker says so.
import type { GrantInput, OrderFilter, RolesQuery } from './gql/graphql';

type Order = NonNullable<NonNullable<RolesQuery['org']>['orders']>['nodes'][number];

export const text = (order: Order): string => order.amount;
export const moment = (order: Order): number => order.paidAt;
export const grant: GrantInput = { module: 'NO_MODULE', actions: ['VIEW'] };
export const filter: OrderFilter = { creatorName: 'x' };
