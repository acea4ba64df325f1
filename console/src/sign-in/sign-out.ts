import { graphql } from 'relay-runtime';
import type { signOutMutation } from '../__generated__/signOutMutation.graphql';
import { forgetDrafts } from '../app/drafts';
import { tell } from '../app/news';
import { useSend } from '../app/send';
import { closeSocket } from '../app/socket';

const Mutation = graphql`
  mutation signOutMutation {
    signOut {
      endedId
      userErrors {
        code
        message
        field
      }
    }
  }
`;

/** Returns what ends the session; nothing of the org stays in the page, since it is loaded anew. */
export function useSignOut(): () => Promise<void> {
  const [end] = useSend<signOutMutation>(Mutation);
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
