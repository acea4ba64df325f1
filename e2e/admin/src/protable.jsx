// A console with ProTable: orders by pages, and a form that changes the creator of one.
import '@ant-design/v5-patch-for-react-19';
import {
  enUSIntl, ModalForm, ProConfigProvider, ProFormDigit, ProFormText, ProTable,
} from '@ant-design/pro-components';
import { App, Button, ConfigProvider } from 'antd';
import enUS from 'antd/es/locale/en_US';
import { useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { follow } from './live.js';
import { list, save } from './protable-data.js';
import { ask, enter, orgId, signIn, signOut } from './session.js';
import { SignIn } from './sign-in.jsx';

const orders = `query Orders($org: ID!, $first: Int, $offset: Int, $filter: OrderFilter, $orderBy: OrderOrder) {
  org(id: $org) {
    id
    list: orders(first: $first, offset: $offset, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes { id number productName amount status creatorName creator { id } paidAt }
    }
  }
}`;
const creator = `query Creator($id: ID!) {
  node(id: $id) { id ... on Creator { name platformId category followers } }
}`;
const updateCreator = `mutation UpdateCreator($input: UpdateCreatorInput!) {
  done: updateCreator(input: $input) { record: creator { id } userErrors { code message field } }
}`;
const watch = 'subscription Watch($org: ID!) { ordersChanged(orgId: $org) { id } }';

const progress = {
  PAID: { text: 'paid', status: 'Processing' }, SETTLED: { text: 'settled', status: 'Success' },
  REFUNDED: { text: 'refunded', status: 'Default' },
};
const between = ([from, to]) => ({ paidFrom: new Date(from).toISOString(), paidTo: new Date(to).toISOString() });

// columns are named as the filter and the order of the schema name them.
const columns = (edit) => [
  { dataIndex: 'search', title: 'Search', hideInTable: true },
  { dataIndex: 'number', title: 'Number', search: false, copyable: true },
  {
    dataIndex: 'creatorName', title: 'Creator', search: false,
    render: (name, { creator }) => (creator ? <a onClick={() => edit(creator.id)}>{name}</a> : name),
  },
  { dataIndex: 'productName', title: 'Product', search: false, ellipsis: true },
  {
    dataIndex: 'amount', title: 'Amount', search: false, align: 'right', sorter: true,
    render: (_, { amount }) => (amount / 100).toFixed(2),
  },
  {
    dataIndex: 'statuses', title: 'Status', search: false, valueEnum: progress, filters: true, onFilter: false,
    renderText: (_, { status }) => status,
  },
  { dataIndex: 'paidAt', title: 'Paid', valueType: 'dateTime', search: false, sorter: true },
  { dataIndex: 'paid', title: 'Paid', valueType: 'dateTimeRange', hideInTable: true, search: { transform: between } },
];

function Orders() {
  const table = useRef();
  const [edited, edit] = useState();
  useEffect(() => follow(watch, { org: orgId() }, () => table.current?.reload()), []);
  return (
    <>
      <ProTable
        headerTitle="Orders" rowKey="id" actionRef={table} columns={columns(edit)} request={list(orders)}
        pagination={{ defaultPageSize: 10 }} search={{ labelWidth: 'auto' }}
        toolBarRender={() => [<Button key="out" onClick={signOut}>Sign out</Button>]}
      />
      {edited && <EditCreator id={edited} onEnd={() => edit()} onSaved={() => table.current?.reload()} />}
    </>
  );
}

function EditCreator({ id, onEnd, onSaved }) {
  const form = useRef();
  const submit = async (values) => {
    const errors = await save(updateCreator, { id, ...values });
    form.current.setFields(errors);
    if (!errors.length) onSaved();
    return !errors.length;
  };
  return (
    <ModalForm
      open title="Edit creator" width={480} formRef={form} onFinish={submit} onOpenChange={(open) => open || onEnd()}
      request={async () => (await ask(creator, { id })).node}
    >
      <ProFormText name="name" label="Name" />
      <ProFormText name="platformId" label="Platform id" />
      <ProFormText name="category" label="Category" />
      <ProFormDigit name="followers" label="Followers" />
    </ModalForm>
  );
}

function Console() {
  const [entered, setEntered] = useState();
  useEffect(() => void enter().then(setEntered), []);
  if (entered === undefined) return null;
  if (!entered) return <SignIn onCode={async (code) => setEntered(await signIn({ code }))} />;
  return <Orders />;
}

createRoot(document.getElementById('root')).render(
  <ConfigProvider locale={enUS}>
    <ProConfigProvider intl={enUSIntl}>
      <App style={{ maxWidth: 1280, margin: '24px auto' }}><Console /></App>
    </ProConfigProvider>
  </ConfigProvider>,
);
