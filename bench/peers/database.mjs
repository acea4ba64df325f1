// The way to PostgreSQL that Mercurius and Yoga share: a pool of as many connections as Deputy has, and prepared statements.
import { createHash } from 'node:crypto'
import pg from 'pg'

pg.types.setTypeParser(pg.types.builtins.INT8, Number)
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text) // the scalar speaks it, where it is asked for

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20, idleTimeoutMillis: 0 })

const names = new Map()

// rows runs a statement that PostgreSQL plans once a connection.
export async function rows (text, values, client = pool) {
  let name = names.get(text)
  if (!name) names.set(text, name = createHash('sha1').update(text).digest('hex'))
  return (await client.query({ name, text, values })).rows
}

// transaction commits what f does, or nothing.
export async function transaction (f) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const done = await f(client)
    await client.query('COMMIT')
    return done
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

// address is where the server is to listen.
export function address () {
  const [host, port] = process.argv[2].split(':')
  return { host, port: Number(port) }
}
