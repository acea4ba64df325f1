// A console with Apollo Client: queries and mutations over HTTP, subscriptions over a WebSocket, all with the cookie.
import { gql } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { ApolloProvider, useMutation, useQuery, useSubscription } from '@apollo/client/react';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

import { makeClient } from './apollo.js';
import * as operations from './operations.js';

const client = makeClient(operations.api);

function App() {
  const [org, setOrg] = useState();
  return org ? <Desk org={org} /> : <SignIn onSignedIn={setOrg} />;
}

function SignIn({ onSignedIn }) {
  const [phone, setPhone] = useState('');
  const [digits, setDigits] = useState('');
  const [sendCode, sent] = useMutation(gql(operations.sendCode));
  const [signIn] = useMutation(gql(operations.signIn));
  const flow = sent.data?.sendCode.flow;
  return (
    <>
      <input id="phone" value={phone} onChange={(event) => setPhone(event.target.value)} />
      <button id="send" onClick={() => sendCode({ variables: { phone } })}>Send a code</button>
      {flow && (
        <>
          <input id="code" data-flow={flow} value={digits} onChange={(event) => setDigits(event.target.value)} />
          <button
            id="sign-in"
            onClick={async () => {
              const { data } = await signIn({ variables: { code: { flow, code: digits } } });
              onSignedIn(data.signIn.viewer.ownedOrg.id);
            }}
          >
            Sign in
          </button>
        </>
      )}
    </>
  );
}

function Desk({ org }) {
  const { data, error, refetch } = useQuery(gql(operations.desk), { variables: { org }, fetchPolicy: 'network-only' });
  const [createRole] = useMutation(gql(operations.createRole));
  const [signOut] = useMutation(gql(operations.signOut));
  const [name, setName] = useState('');
  if (error) return <p id="refused">{CombinedGraphQLErrors.is(error) ? error.errors[0].extensions.code : String(error)}</p>;
  if (!data) return null;
  return (
    <>
      <h1 id="org">{data.org.name}</h1>
      <ul id="roles">
        {data.org.roles.nodes.map((role) => (
          <li key={role.id}>
            {role.name}: {role.subAccounts.nodes.map((one) => one.name).join(', ')}
          </li>
        ))}
      </ul>
      <input id="name" value={name} onChange={(event) => setName(event.target.value)} />
      <button id="create" onClick={() => createRole({ variables: { org, name } }).then(() => refetch())}>Create the role</button>
      <Events org={org} newest={data.org.auditEvents.nodes[0].id} />
      <button id="sign-out" onClick={() => signOut()}>Sign out</button>
      <button id="refetch" onClick={() => refetch().catch(() => {})}>Ask again</button>
    </>
  );
}

function Events({ org, newest }) {
  const [after] = useState(newest);
  const [seen, setSeen] = useState([]);
  const { error } = useSubscription(gql(operations.watch), {
    variables: { org, after },
    onData: ({ data }) => setSeen((before) => [...before, data.data.auditEvents]),
  });
  return (
    <>
      <ul id="events">{seen.map((event) => <li key={event.id}>{event.operation}</li>)}</ul>
      {error && <p id="over">{String(error.code ?? error.cause?.code ?? error)}</p>}
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <ApolloProvider client={client}>
    <App />
  </ApolloProvider>,
);
