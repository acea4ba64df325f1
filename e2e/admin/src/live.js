import { createClient } from 'graphql-ws';

const socket = createClient({
  url: `${location.origin.replace('http', 'ws')}/graphql`,
  shouldRetry: (event) => event.code !== 4403, // a session that is over stays over
});

// follow calls changed after each change, and once for many that follow each other quickly, and after each loss of the
// connection. It answers how to leave.
export function follow(query, variables, changed) {
  let soon;
  const wake = () => (soon ??= setTimeout(() => changed((soon = undefined)), 300));
  const over = (error) => (error.code === 4403 ? location.reload() : console.warn(error));
  const leave = socket.subscribe({ query, variables }, { next: wake, error: over, complete() {} });
  const ignore = socket.on('connected', (_socket, _payload, again) => again && wake());
  return () => [clearTimeout(soon), ignore(), leave()];
}
