const { DEPUTY_URL: url, DEPUTY_TOKEN: token } = process.env;

async function ask(query, variables = {}, headers = {}) {
  for (;;) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    const busy = errors?.find((e) => e.extensions?.code === "RATE_LIMITED");
    if (busy) {
      await new Promise((done) => setTimeout(done, 1000 * busy.extensions.retryAfter));
      continue;
    }
    if (errors) throw new Error(errors.map((e) => `${e.extensions?.code}: ${e.message}`).join("\n"));
    return data;
  }
}

const { orgs } = await ask(`{ orgs { nodes { id creators(first: 1) { nodes { platformId } }
  orders(first: 20) { nodes { id number amount status } pageInfo { hasNextPage endCursor } } } } }`);
const [org] = orgs.nodes;
console.log(`${org.orders.nodes.length} orders`);

const order = {
  number: "PARTNER-1", creatorPlatformId: org.creators.nodes[0].platformId, productName: "示例商品",
  amount: 19900, commission: 1990, status: "PAID", paidAt: new Date().toISOString(),
};
const { importOrders } = await ask(
  `mutation ($input: ImportOrdersInput!) {
    importOrders(input: $input) { created changed unchanged userErrors { code message field } }
  }`,
  { input: { orgId: org.id, orders: [order] } },
  { "Idempotency-Key": `import-${order.number}-${order.paidAt}` },
);
console.log(importOrders);
if (importOrders.userErrors.length > 0) process.exit(1);
