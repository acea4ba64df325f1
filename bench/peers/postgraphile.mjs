// PostGraphile 5, with the schema that it makes of the tables, lists that no index serves as they are among them.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { address } from './database.mjs'

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, poolConfig: { max: 20 } })],
  grafserv: { graphiql: false, websockets: false, watch: false, graphqlPath: '/graphql' }
})
const { host, port } = address()
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(port, host)
