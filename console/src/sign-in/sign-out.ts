import { graphql } from 'react-relay';
import type { signOutMutation } from '../__generated__/signOutMutation.graphql';
import { forgetDrafts } from '../app/drafts';
import { withoutSession } from '../app/environment';
import { tell } from '../app/news';
import { closeSocket } from '../app/socket';
import { useWrite } from '../app/write';

const Mutation = graphql`
  mutation signOutMutation {
    signOut { endedId userErrors { code message field } }
  }
`;

/** Returns what ends the session; nothing of the org stays in the page, since it is loaded anew. */
export function useSignOut(): () => Promise<void> {
  const [end] = useWrite<signOutMutation>(Mutation, withoutSession);
  return async () => {
    try {
      await end({});
    } catch (error) {
      if ((error as { code?: string }).code !== 'UNAUTHENTICATED') {
        tell('failed', (error as Error).message);
        return;
      }
    }
    forgetDrafts();
    closeSocket();
    location.replace('/console/sign-in');
  };
}
