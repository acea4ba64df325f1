// Mercurius, with its just-in-time compiler and its loaders.
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { batches } from './batches.mjs'
import { address } from './database.mjs'
import { resolvers } from './resolvers.mjs'

// loader returns the queries of a level, those that ask for as many rows together. Keys of its cache would cost more than they save.
const loader = ({ key, load }) => ({
  opts: { cache: false },
  async loader (queries) {
    const sizes = new Map()
    queries.forEach(({ params }, i) => {
      const first = params.first ?? 20
      if (!sizes.has(first)) sizes.set(first, [])
      sizes.get(first).push(i)
    })
    const answers = new Array(queries.length)
    for (const [first, places] of sizes) {
      const found = await load(places.map((i) => key(queries[i].obj)), first)
      places.forEach((place, i) => { answers[place] = found[i] })
    }
    return answers
  }
})

const loaders = {}
for (const [type, fields] of Object.entries(batches)) {
  loaders[type] = Object.fromEntries(Object.entries(fields).map(([field, batch]) => [field, loader(batch)]))
}

const app = Fastify()
app.register(mercurius, {
  schema: readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'),
  resolvers,
  loaders,
  jit: 1,
  context: (request) => ({ account: request.headers['x-account'] })
})
await app.listen(address())
