import { useState } from 'react';
import type { ConcreteRequest, GraphQLTaggedNode, MutationParameters, OperationType } from 'relay-runtime';
import { OtherVersion } from './code';
import { connectionIs, currentConnection, pause, signedInAgain } from './connection';
import { currentPreferences } from './preferences';
import { lookForServer } from './reach';
import { type ApiError, type ApiResponse, isUnknown, RequestFailed, spread } from './request';

/** An operation as it is sent: by its id, which the server knows. */
export interface Sent {
  documentId: string;
  variables: object;
}

/** The extent of a request's patience. */
export interface Patience {
  /** Whether it waits for a sign-in when the session is over. */
  session: boolean;
  /** The key under which the server does a write once, however often it is sent. */
  key: string | null;
  /** Whether it is sent once, because the server would do it again: without a response its outcome is unknown. */
  once?: boolean;
}

/** A request whose response did not come: nobody knows whether it was done. */
export class OutcomeUnknown extends Error {}

async function post(sent: Sent, key: string | null, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: 'application/graphql-response+json, application/json',
    'Accept-Language': currentPreferences().language,
  };
  if (key) headers['Idempotency-Key'] = key;
  return fetch('/graphql', { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify(sent), signal });
}

/**
 * Sends until there is an outcome: it waits while the server is away, while there were too many requests, and while
 * nobody is signed in. A write carries the same key each time, so it is done once.
 */
export async function request(sent: Sent, patience: Patience, signal: AbortSignal): Promise<ApiResponse> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    let response: Response;
    let body: ApiResponse;
    try {
      response = await post(sent, patience.key, signal);
      body = (await response.json()) as ApiResponse;
    } catch (error) {
      if (signal.aborted) throw error;
      if (patience.once) throw new OutcomeUnknown();
      await lookForServer();
      if (attempt > 0) await pause(Math.min(1000 * 2 ** attempt, 15_000));
      continue;
    }
    const first = body.errors?.[0];
    const code = first?.extensions?.code;
    if (response.status === 503 || code === 'UNAVAILABLE') {
      if (patience.once) throw new OutcomeUnknown();
      connectionIs({ away: true });
      await pause(1000 * (first?.extensions?.retryAfter ?? 2));
      continue;
    }
    connectionIs({ away: false });
    if (code === 'RATE_LIMITED') {
      const seconds = first?.extensions?.retryAfter ?? 1;
      connectionIs({ waitsUntil: Date.now() + 1000 * seconds });
      await pause(1000 * seconds);
      if ((currentConnection().waitsUntil ?? 0) <= Date.now()) connectionIs({ waitsUntil: null });
      continue;
    }
    if (isUnknown(body.errors)) throw new OtherVersion();
    if (code === 'UNAUTHENTICATED' && patience.session) {
      await signedInAgain();
      continue;
    }
    return body;
  }
}

/**
 * Returns the data of a response with its errors. A refusal stands beside its field. Whatever else went wrong fails the
 * request, unless a write was done.
 */
export function outcomeOf(body: ApiResponse): { data: Record<string, unknown>; errors: ApiError[] } {
  const errors = spread(body);
  const fatal = errors.find(({ extensions }) => extensions?.code !== 'FORBIDDEN' && !extensions?.committed);
  if (fatal || !body.data) throw failureOf(fatal ?? errors[0]);
  return { data: body.data, errors };
}

function failureOf(error: ApiError | undefined): RequestFailed {
  return new RequestFailed(
    error?.message ?? '',
    error?.extensions?.code ?? 'INTERNAL',
    error?.extensions?.requestId ?? null,
  );
}

/** Returns the id by which the server knows an operation. */
export function idOf(operation: GraphQLTaggedNode): string {
  return (operation as ConcreteRequest).params.id ?? '';
}

/** Sends an operation without the store, and returns its data. It does not wait for a sign-in. */
export function send<O extends OperationType>(
  operation: GraphQLTaggedNode,
  variables: O['variables'],
): Promise<O['response']> {
  const write = (operation as ConcreteRequest).params.operationKind === 'mutation';
  return dataOf<O>(operation, variables, { session: false, key: write ? crypto.randomUUID() : null });
}

/**
 * Sends a write whose result is told once, such as a secret: without the store, which must not keep it, and once. It
 * waits for a sign-in, and fails with OutcomeUnknown when no response comes.
 */
export function sendOnce<M extends MutationParameters>(
  mutation: GraphQLTaggedNode,
  variables: M['variables'],
): Promise<M['response']> {
  return dataOf<M>(mutation, variables, { session: true, key: null, once: true });
}

async function dataOf<O extends OperationType>(
  operation: GraphQLTaggedNode,
  variables: O['variables'],
  patience: Patience,
): Promise<O['response']> {
  const sent = { documentId: idOf(operation), variables };
  const { data, errors } = outcomeOf(await request(sent, patience, new AbortController().signal));
  const write = (operation as ConcreteRequest).params.operationKind === 'mutation';
  const refused = write && errors.find(({ extensions }) => !extensions?.committed);
  if (refused) throw failureOf(refused);
  return data;
}

/** Returns what sends a write that nothing on the screen is made of, such as a sign-in, and whether it is being sent. */
export function useSend<M extends MutationParameters>(
  mutation: GraphQLTaggedNode,
): [(variables: M['variables']) => Promise<M['response']>, boolean] {
  const [busy, setBusy] = useState(false);
  return [
    (variables) => {
      setBusy(true);
      return send<M>(mutation, variables).finally(() => setBusy(false));
    },
    busy,
  ];
}
