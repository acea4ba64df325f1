// A console with react-admin: creators to edit, and orders, by pages.
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import {
  Admin, AutocompleteArrayInput, Create, Datagrid, DateField, Edit, List, NumberField, NumberInput,
  ReferenceArrayInput, Resource, SaveButton, SearchInput, SelectArrayInput, SelectField, SimpleForm, TextField,
  TextInput, Toolbar, useListContext,
} from 'react-admin';
import { follow } from './live.js';
import { dataProvider } from './react-admin-data.js';
import { enter, orgId, signIn, signOut } from './session.js';

const authProvider = {
  login: ({ username, password }) => signIn({ password: { email: username, password } }),
  logout: async () => orgId() && signOut(),
  checkAuth: async () => orgId() ?? ((await enter()) || Promise.reject()),
  checkError: async () => {},
};

const choices = (...ids) => ids.map((id) => ({ id, name: id.toLowerCase() }));
const contract = choices('SIGNED', 'ENDED');
const progress = choices('PAID', 'SETTLED', 'REFUNDED');
const watch = {
  creators: 'subscription Watch($org: ID!) { creatorsChanged(orgId: $org) { id } }',
  orders: 'subscription Watch($org: ID!) { ordersChanged(orgId: $org) { id } }',
};

// Live reads the list again when one of its resource changes.
function Live() {
  const { resource, refetch } = useListContext();
  useEffect(() => follow(watch[resource], { org: orgId() }, refetch), [resource, refetch]);
}

const creatorFilters = [
  <SearchInput source="search" alwaysOn key="search" />,
  <SelectArrayInput source="statuses" label="Status" alwaysOn key="statuses" choices={contract} />,
];
const Creators = () => (
  <List filters={creatorFilters} sort={{ field: 'createdAt', order: 'ASC' }} exporter={false}>
    <Live />
    <Datagrid bulkActionButtons={false} rowClick="edit">
      <TextField source="name" />
      <TextField source="platformId" label="Platform id" sortable={false} />
      <TextField source="category" sortable={false} />
      <NumberField source="followers" />
      <SelectField source="status" sortable={false} choices={contract} />
    </Datagrid>
  </List>
);
const CreatorForm = () => (
  <SimpleForm toolbar={<Toolbar><SaveButton /></Toolbar>}>
    <TextInput source="name" />
    <TextInput source="platformId" label="Platform id" />
    <TextInput source="category" />
    <NumberInput source="followers" />
  </SimpleForm>
);
const EditCreator = () => <Edit mutationMode="pessimistic"><CreatorForm /></Edit>;
const CreateCreator = () => <Create redirect="list"><CreatorForm /></Create>;

const byName = { field: 'name', order: 'ASC' };
const orderFilters = [
  <SearchInput source="search" alwaysOn key="search" />,
  <SelectArrayInput source="statuses" label="Status" alwaysOn key="statuses" choices={progress} />,
  <ReferenceArrayInput source="creatorIds" alwaysOn key="creatorIds" reference="creators" sort={byName}>
    <AutocompleteArrayInput label="Creators" optionText="name" filterToQuery={(search) => ({ search })} />
  </ReferenceArrayInput>,
];
const Orders = () => (
  <List filters={orderFilters} sort={{ field: 'paidAt', order: 'DESC' }} exporter={false}>
    <Live />
    <Datagrid bulkActionButtons={false} rowClick={false}>
      <TextField source="number" sortable={false} />
      <TextField source="creatorName" sortable={false} />
      <TextField source="productName" sortable={false} />
      <NumberField source="amount" transform={(amount) => amount / 100} options={{ minimumFractionDigits: 2 }} />
      <SelectField source="status" sortable={false} choices={progress} />
      <DateField source="paidAt" showTime />
    </Datagrid>
  </List>
);

createRoot(document.getElementById('root')).render(
  <Admin authProvider={authProvider} dataProvider={dataProvider} requireAuth disableTelemetry title="Deputy">
    <Resource name="creators" list={Creators} edit={EditCreator} create={CreateCreator} recordRepresentation="name" />
    <Resource name="orders" list={Orders} />
  </Admin>,
);
