import type { ReactNode } from 'react';
import { loadQuery, RelayEnvironmentProvider, usePreloadedQuery } from 'react-relay';
import type { OperationType, PreloadableConcreteRequest } from 'relay-runtime';
import { newEnvironment } from './environment';
import { type Loaded, Reader } from './screen';

const environment = newEnvironment();

/** Gives the store of what the page was sent to the screens below. A sign-in has none: the store is fetched beside it. */
export function Data({ children }: { children: ReactNode }) {
  return (
    <RelayEnvironmentProvider environment={environment}>
      <Reader value={usePreloadedQuery}>{children}</Reader>
    </RelayEnvironmentProvider>
  );
}

/** Requests what a screen shows, and returns it once it is there. */
export async function loadScreen(
  query: PreloadableConcreteRequest<OperationType>,
  variables: object,
): Promise<Loaded<OperationType>> {
  const loaded = loadQuery(environment, query, variables, { fetchPolicy: 'network-only' });
  await loaded.source?.toPromise();
  return { rows: loaded };
}
