// GraphQL Yoga on node:http, with DataLoader.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import DataLoader from 'dataloader'
import { createSchema, createYoga } from 'graphql-yoga'
import { batches } from './batches.mjs'
import { address } from './database.mjs'
import { resolvers } from './resolvers.mjs'

// batched returns a field by the loader of its kind and size that the request has.
const batched = (name, { key, load }) => (row, { first = 20 }, { loaders }) => {
  const at = key(row)
  if (at === null) return null
  const kind = name + first
  let loader = loaders.get(kind)
  if (!loader) loaders.set(kind, loader = new DataLoader((keys) => load(keys, first)))
  return loader.load(at)
}

const all = { ...resolvers }
for (const [type, fields] of Object.entries(batches)) {
  all[type] = { ...all[type] }
  for (const [field, batch] of Object.entries(fields)) all[type][field] = batched(type + '.' + field, batch)
}

const yoga = createYoga({
  schema: createSchema({ typeDefs: readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'), resolvers: all }),
  context: ({ request }) => ({ account: request.headers.get('x-account'), loaders: new Map() }),
  graphiql: false,
  landingPage: false,
  logging: false
})
const { host, port } = address()
createServer(yoga).listen(port, host)
