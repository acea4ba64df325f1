import { graphql, useLazyLoadQuery } from 'react-relay';
import { AuditTrail } from './AuditTrail';
import { OrderList } from './OrderList';
import { RoleList } from './RoleList';
import { SubAccountList } from './SubAccountList';

export function OrgPage({ id }) {
  const { org } = useLazyLoadQuery(
    graphql`
      query OrgPageQuery($id: ID!) {
        org(id: $id) {
          name
          navigation {
            module
            name
          }
          ...RoleList_org
          ...SubAccountList_org
          ...OrderList_org
          ...AuditTrail_org
        }
      }
    `,
    { id },
  );
  if (!org) return null;
  return (
    <main>
      <h1>{org.name}</h1>
      <nav>{org.navigation.map(({ module, name }) => <a key={module}>{name}</a>)}</nav>
      <RoleList org={org} />
      <SubAccountList org={org} />
      <OrderList org={org} />
      <AuditTrail org={org} />
    </main>
  );
}
