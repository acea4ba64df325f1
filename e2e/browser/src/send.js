// send is fetch for clients of GraphQL. What got no answer is sent again. All attempts of a mutation have one
// Idempotency-Key, so it is done once; where the server keeps no answer, as in signIn, it ignores the key.
export async function send(url, options = {}) {
  const headers = new Headers(options.headers);
  const mutation = /^\s*mutation\b/m.test(options.body ? JSON.parse(options.body).query : '');
  if (mutation) headers.set('Idempotency-Key', crypto.randomUUID());
  for (let left = 3; ; left--) {
    try {
      const response = await fetch(url, { ...options, headers });
      if (left === 0 || !(await unanswered(response, mutation))) return response;
    } catch (error) {
      if (left === 0 || options.signal?.aborted) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000 / 2 ** left));
  }
}

// unanswered reports whether to send the same request again: a proxy had no server, or the first attempt still runs.
async function unanswered(response, mutation) {
  if (response.status >= 502 && response.status <= 504) return true;
  return mutation && /"code":"(OUTCOME_UNKNOWN|IDEMPOTENCY_CONFLICT|UNAVAILABLE)"/.test(await response.clone().text());
}
