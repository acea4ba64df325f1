import { useState } from 'react';
import { graphql } from 'relay-runtime';
import type { codeRequestMutation } from '../__generated__/codeRequestMutation.graphql';
import { useCountdown } from '../app/bars';
import { useSend } from '../app/send';
import { useText } from '../app/text';
import type { UserError } from '../app/user-errors';
import { Button } from '../ui/button';

const Mutation = graphql`
  mutation codeRequestMutation($input: SendCodeInput!) {
    sendCode(input: $input) {
      flow
      expiresInSeconds
      resendInSeconds
      userErrors {
        code
        message
        field
      }
    }
  }
`;

/** A code that was sent: its flow, and when the next one may be sent, in milliseconds since 1970. */
export interface SentCode {
  flow: string;
  again: number;
}

/** Returns what sends a code for a purpose, the code that was sent last, and what was wrong. */
export function useCodeRequest(purpose: 'SIGN_IN' | 'SET_PASSWORD') {
  const [sent, setSent] = useState<SentCode | null>(null);
  const [errors, setErrors] = useState<readonly UserError[]>([]);
  const [send, busy] = useSend<codeRequestMutation>(Mutation);
  const request = async (to: { phone: string } | { email: string }) => {
    const { sendCode } = await send({ input: { to, purpose } });
    setErrors(sendCode?.userErrors ?? []);
    if (sendCode?.flow) setSent({ flow: sendCode.flow, again: Date.now() + 1000 * (sendCode.resendInSeconds ?? 60) });
    return sendCode?.flow ?? null;
  };
  return {
    sent,
    errors,
    busy,
    request,
    forget: () => {
      setSent(null);
      setErrors([]);
    },
  };
}

/** The button that sends the code again, and counts the seconds until it may. */
export function SendAgain({ again, busy, onSend }: { again: number; busy: boolean; onSend: () => void }) {
  const say = useText();
  const seconds = useCountdown(again);
  return (
    <Button kind="link" isDisabled={seconds > 0} busy={busy} onPress={onSend}>
      {seconds > 0 ? say('signIn.againIn', { seconds }) : say('signIn.again')}
    </Button>
  );
}
