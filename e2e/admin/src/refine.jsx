// A console with Refine and Ant Design: creators by pages, and a form that changes one.
import '@ant-design/v5-patch-for-react-19';
import { CreateButton, EditButton, List, useModalForm, useNotificationProvider, useTable } from '@refinedev/antd';
import { Authenticated, Refine, useLogin, useLogout } from '@refinedev/core';
import { gql } from '@urql/core';
import { App, Button, ConfigProvider, Form, Input, InputNumber, Modal, Select, Table, Tag } from 'antd';
import { createRoot } from 'react-dom/client';
import { follow } from './live.js';
import { dataProvider } from './refine-data.js';
import { enter, orgId, signIn, signOut } from './session.js';
import { SignIn } from './sign-in.jsx';

// Aliases name the list, what was done and the record, so that one glue serves all resources.
const creators = gql`
  query Creators($org: ID!, $first: Int, $offset: Int, $filter: CreatorFilter, $orderBy: CreatorOrder) {
    org(id: $org) {
      id
      list: creators(first: $first, offset: $offset, filter: $filter, orderBy: $orderBy) {
        totalCount
        nodes { id name platformId category followers status }
      }
    }
  }`;
const creator = gql`
  query Creator($id: ID!) {
    node(id: $id) { id ... on Creator { name platformId category followers } }
  }`;
const createCreator = gql`
  mutation CreateCreator($input: CreateCreatorInput!) {
    done: createCreator(input: $input) { record: creator { id } userErrors { code message field } }
  }`;
const updateCreator = gql`
  mutation UpdateCreator($input: UpdateCreatorInput!) {
    done: updateCreator(input: $input) {
      record: creator { id name platformId category followers status }
      userErrors { code message field }
    }
  }`;

const watch = { 'resources/creators': 'subscription Watch($org: ID!) { creatorsChanged(orgId: $org) { id } }' };
const liveProvider = {
  subscribe: ({ channel, callback }) =>
    follow(watch[channel], { org: orgId() }, () => callback({ channel, type: '*', payload: {}, date: new Date() })),
  unsubscribe: (leave) => leave(),
};
const authProvider = {
  check: async () => ({ authenticated: orgId() !== undefined || (await enter()) }),
  login: async (code) => ({ success: await signIn({ code }) }),
  logout: async () => ({ success: (await signOut()) ?? true }),
  onError: async () => ({}),
};

function Door() {
  const { mutateAsync: login } = useLogin();
  return <SignIn onCode={login} />;
}

function Creators() {
  const { tableProps, searchFormProps } = useTable({
    resource: 'creators',
    pagination: { pageSize: 10 },
    meta: { gqlQuery: creators },
    onSearch: ({ search, statuses }) => [
      { field: 'search', operator: 'contains', value: search },
      { field: 'statuses', operator: 'in', value: statuses },
    ],
  });
  const edited = useModalForm({
    resource: 'creators', action: 'edit', redirect: false, meta: { gqlQuery: creator, gqlMutation: updateCreator },
  });
  const made = useModalForm({
    resource: 'creators', action: 'create', redirect: false, meta: { gqlMutation: createCreator },
  });
  const { mutate: leave } = useLogout();
  return (
    <List
      title="Creators" breadcrumb={false}
      headerButtons={<><CreateButton onClick={() => made.show()} /><Button onClick={() => leave()}>Sign out</Button></>}
    >
      <Form {...searchFormProps} layout="inline" style={{ marginBottom: 16 }}>
        <Form.Item name="search">
          <Input.Search allowClear placeholder="Name or platform id" onSearch={searchFormProps.form.submit} />
        </Form.Item>
        <Form.Item name="statuses">
          <Select
            mode="multiple" allowClear placeholder="Status" style={{ width: 240 }}
            options={[{ value: 'SIGNED', label: 'signed' }, { value: 'ENDED', label: 'ended' }]}
            onChange={searchFormProps.form.submit}
          />
        </Form.Item>
      </Form>
      <Table {...tableProps} rowKey="id" size="middle">
        <Table.Column dataIndex="name" title="Name" sorter />
        <Table.Column dataIndex="platformId" title="Platform id" />
        <Table.Column dataIndex="category" title="Category" />
        <Table.Column
          dataIndex="followers" title="Followers" align="right" sorter render={(count) => count.toLocaleString()}
        />
        <Table.Column dataIndex="status" title="Status" render={(status) => <Status of={status} />} />
        <Table.Column
          title="" align="right"
          render={(_, { id }) => <EditButton hideText size="small" onClick={() => edited.show(id)} />}
        />
      </Table>
      <CreatorForm name="edit" title="Edit creator" {...edited} />
      <CreatorForm name="create" title="New creator" {...made} />
    </List>
  );
}

const CreatorForm = ({ name, title, modalProps, formProps }) => (
  <Modal {...modalProps} title={title} width={480}>
    <Form {...formProps} name={name} layout="vertical">
      <Form.Item name="name" label="Name"><Input /></Form.Item>
      <Form.Item name="platformId" label="Platform id"><Input /></Form.Item>
      <Form.Item name="category" label="Category"><Input /></Form.Item>
      <Form.Item name="followers" label="Followers"><InputNumber style={{ width: '100%' }} /></Form.Item>
    </Form>
  </Modal>
);

const Status = ({ of }) => <Tag color={of === 'SIGNED' ? 'green' : undefined}>{of.toLowerCase()}</Tag>;

createRoot(document.getElementById('root')).render(
  <ConfigProvider>
    <App style={{ maxWidth: 1200, margin: '24px auto' }} notification={{ placement: 'bottomRight' }}>
      <Refine
        dataProvider={dataProvider} liveProvider={liveProvider} authProvider={authProvider}
        notificationProvider={useNotificationProvider} resources={[{ name: 'creators' }]}
        options={{ disableTelemetry: true, liveMode: 'auto' }}
      >
        <Authenticated key="creators" fallback={<Door />}><Creators /></Authenticated>
      </Refine>
    </App>
  </ConfigProvider>,
);
