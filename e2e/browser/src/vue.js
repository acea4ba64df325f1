// A console with urql: queries (as GET), mutations, and subscriptions as server-sent events, all with the cookie.
import urql, { useMutation, useQuery, useSubscription } from '@urql/vue';
import { createApp, ref } from 'vue';

import * as operations from './operations.js';
import { makeClient } from './urql.js';

const client = makeClient(operations.api);

const SignIn = {
  emits: ['signedIn'],
  setup(_, { emit }) {
    const phone = ref('');
    const digits = ref('');
    const flow = ref();
    const sendCode = useMutation(operations.sendCode);
    const signIn = useMutation(operations.signIn);
    return {
      phone,
      digits,
      flow,
      send: async () => {
        flow.value = (await sendCode.executeMutation({ phone: phone.value })).data.sendCode.flow;
      },
      enter: async () => {
        const { data } = await signIn.executeMutation({ code: { flow: flow.value, code: digits.value } });
        emit('signedIn', data.signIn.viewer.ownedOrg.id);
      },
    };
  },
  template: `
    <input id="phone" v-model="phone">
    <button id="send" @click="send">Send a code</button>
    <template v-if="flow">
      <input id="code" :data-flow="flow" v-model="digits">
      <button id="sign-in" @click="enter">Sign in</button>
    </template>`,
};

const Events = {
  props: ['org', 'newest'],
  setup(props) {
    const seen = ref([]);
    const { error } = useSubscription({ query: operations.watch, variables: { org: props.org, after: props.newest } }, (_, data) => {
      seen.value.push(data.auditEvents);
    });
    return { seen, error };
  },
  template: `
    <ul id="events"><li v-for="event in seen" :key="event.id">{{ event.operation }}</li></ul>
    <p v-if="error" id="over">{{ error.graphQLErrors[0]?.extensions.code ?? error }}</p>`,
};

const Desk = {
  components: { Events },
  props: ['org'],
  setup(props) {
    const { data, error, executeQuery } = useQuery({ query: operations.desk, variables: { org: props.org }, requestPolicy: 'network-only' });
    const createRole = useMutation(operations.createRole);
    const signOut = useMutation(operations.signOut);
    const name = ref('');
    const again = () => executeQuery({ requestPolicy: 'network-only' });
    return {
      data,
      error,
      name,
      again,
      create: () => createRole.executeMutation({ org: props.org, name: name.value }).then(again),
      leave: () => signOut.executeMutation({}),
    };
  },
  template: `
    <p v-if="error" id="refused">{{ error.graphQLErrors[0]?.extensions.code ?? error }}</p>
    <template v-else-if="data">
      <h1 id="org">{{ data.org.name }}</h1>
      <ul id="roles">
        <li v-for="role in data.org.roles.nodes" :key="role.id">
          {{ role.name }}: {{ role.subAccounts.nodes.map((one) => one.name).join(', ') }}
        </li>
      </ul>
      <input id="name" v-model="name">
      <button id="create" @click="create">Create the role</button>
      <Events :org="org" :newest="data.org.auditEvents.nodes[0].id" />
      <button id="sign-out" @click="leave">Sign out</button>
      <button id="refetch" @click="again">Ask again</button>
    </template>`,
};

createApp({
  components: { SignIn, Desk },
  setup: () => ({ org: ref() }),
  template: `<Desk v-if="org" :org="org" /><SignIn v-else @signed-in="org = $event" />`,
})
  .use(urql, client)
  .mount('#root');
