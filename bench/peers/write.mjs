// What changes something: orders that are new, and the status of sub-accounts, with the same rows on record as Deputy keeps.
import { randomBytes } from 'node:crypto'
import { rows, transaction } from './database.mjs'
import { gramsOf } from './grams.mjs'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

// newID makes an id as Deputy does: 45 bits of time and 55 of chance.
function newID (kind) {
  let time = Date.now()
  let text = ''
  for (let i = 0; i < 9; i++) {
    text = alphabet[time % 32] + text
    time = Math.floor(time / 32)
  }
  for (const byte of randomBytes(11)) text += alphabet[byte & 31]
  return kind + '_' + text
}

const orgForWriting = 'SELECT owner_id AS "ownerId", owner_name AS "ownerName", time_zone AS "timeZone" FROM orgs WHERE id = $1 FOR KEY SHARE'
const turn = 'SELECT pg_advisory_xact_lock(hashtext($1), -1)'
const insertEvent = `INSERT INTO audit_events (id, org_id, at, actor_kind, actor_id, account_id, actor_name, operation, outcome, request_id, made)
SELECT $1, $2::text, greatest(now(), (SELECT at + interval '1 microsecond' FROM audit_events WHERE org_id = $2::text ORDER BY at DESC, id DESC LIMIT 1)),
  'OWNER', $3, $4, $5, $6, 'DONE', $7, $8 RETURNING at`
const insertTargets = `INSERT INTO audit_targets (org_id, at, target_id, type, label, account_id, outcome, changes, event_id)
SELECT $1, $2::timestamptz, id, $3, label, account_id, 'DONE', changes, $4 FROM unnest($5::text[], $6::text[], $7::text[], $8::text[]) AS v(id, label, account_id, changes)`

// record puts on record what the owner did to the targets. From here on the transaction is the only one that records in the org.
async function record (client, orgId, account, org, operation, type, targets, event = newID('aud'), made = null) {
  await rows(turn, [orgId], client)
  const [{ at }] = await rows(insertEvent, [event, orgId, org.ownerId, account, org.ownerName, operation, randomBytes(8).toString('hex'), made], client)
  const column = (name) => targets.map((target) => target[name])
  await rows(insertTargets, [orgId, at, type, event, column('id'), column('label'), column('account'), column('changes')], client)
}

const lockSubAccounts = 'SELECT id, name, status, account_id AS account FROM sub_accounts WHERE org_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE'
const updateStatus = 'UPDATE sub_accounts SET status = $1, updated_at = now() WHERE id = ANY ($2)'

export const setStatus = ({ orgId, ids }, account, operation, status) => transaction(async (client) => {
  const [org] = await rows(orgForWriting, [orgId], client)
  const found = new Map((await rows(lockSubAccounts, [orgId, ids], client)).map((row) => [row.id, row]))
  const subAccounts = ids.map((id) => found.get(id))
  const changed = subAccounts.filter((row) => row.status !== status)
  if (changed.length > 0) {
    await rows(updateStatus, [status, changed.map((row) => row.id)], client)
    await record(client, orgId, account, org, operation, 'SubAccount', changed.map((row) => ({
      id: row.id, label: row.name, account: row.account, changes: JSON.stringify([{ f: 'status', b: row.status, a: status }])
    })))
  }
  return { subAccounts: subAccounts.map((row) => ({ ...row, status })), userErrors: [] }
})

const creatorsByPlatform = 'SELECT id, platform_id AS "platformId" FROM creators WHERE org_id = $1 AND platform_id = ANY ($2)'
const lockOrders = 'SELECT number FROM orders WHERE org_id = $1 AND number = ANY ($2) ORDER BY number FOR UPDATE'
const insertOrders = `INSERT INTO orders (org_id, created_at, updated_at, made_by, id, number, creator_id, product_name, amount, commission, status, paid_at, settled_at, grams)
SELECT $1, now(), now(), $12, id, number, creator_id, product_name, amount, commission, status, paid_at, settled_at, grams::int[]
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[])
  AS v(id, number, creator_id, product_name, amount, commission, status, paid_at, settled_at, grams)`
const freeSlot = 'SELECT s FROM generate_series(0, 15) AS s WHERE pg_try_advisory_xact_lock(hashtext($1), s) LIMIT 1'
const sums = ['orders', 'amount', 'commission', 'refunds', 'refund_amount']
const figures = (table, key, group) => `INSERT INTO ${table} (org_id, slot, ${key}, ${sums})
SELECT $1, $2::smallint, ${key}, count(*), sum(amount), sum(commission), count(*) FILTER (WHERE status = 'REFUNDED'),
  coalesce(sum(amount) FILTER (WHERE status = 'REFUNDED'), 0)
FROM (SELECT (paid_at AT TIME ZONE $3)::date - date '1970-01-01' AS day, ${group.over}, product_name, amount, commission, status
  FROM unnest($4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::timestamptz[])
    AS v(seller, product_name, amount, commission, status, paid_at) ${group.with}) AS sold
GROUP BY ${key} ORDER BY ${key}
ON CONFLICT (org_id, ${key}, slot) DO UPDATE SET ${sums.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`)}`
const creatorDays = figures('creator_days', 'day, creator_id', { over: 'seller AS creator_id', with: '' })
const productDays = figures('product_days', 'creator_id, day, product_name', {
  over: 'creator_id', with: "CROSS JOIN LATERAL (VALUES (seller), ('')) AS of(creator_id)"
})

// importOrders makes orders that are new, which is all that the bench asks for.
export const importOrders = ({ orgId, orders }, account) => transaction(async (client) => {
  const [org] = await rows(orgForWriting, [orgId], client)
  const found = await rows(creatorsByPlatform, [orgId, [...new Set(orders.map((order) => order.creatorPlatformId))]], client)
  const creators = new Map(found.map((row) => [row.platformId, row.id]))
  const column = (of) => orders.map(of)
  const numbers = column((order) => order.number)
  if ((await rows(lockOrders, [orgId, numbers], client)).length > 0) throw new Error('some of the orders are there already')
  const sellers = column((order) => creators.get(order.creatorPlatformId))
  const products = column((order) => order.productName)
  const amounts = column((order) => order.amount)
  const commissions = column((order) => order.commission)
  const statuses = column((order) => order.status)
  const paid = column((order) => order.paidAt)
  const grams = gramsOf(orgId)
  const event = newID('aud')
  const ids = column(() => newID('ord'))
  await rows(insertOrders, [orgId, ids, numbers, sellers, products, amounts, commissions, statuses, paid,
    column((order) => order.settledAt ?? null), column((order) => grams(order.number, order.productName)), event], client)
  const [{ s: slot }] = await rows(freeSlot, [orgId], client)
  const sold = [orgId, slot, org.timeZone, sellers, products, amounts, commissions, statuses, paid]
  await rows(creatorDays, sold, client)
  await rows(productDays, sold, client)
  await record(client, orgId, account, org, 'importOrders', 'ImportOrdersPayload', [
    {
      id: orgId,
      label: '',
      account: null,
      changes: JSON.stringify([['created', orders.length], ['changed', 0], ['unchanged', 0], ['refused', 0]].map(([f, n]) => ({ f, a: String(n) })))
    }
  ], event, ids.join(' '))
  return { created: orders.length, changed: 0, unchanged: 0, userErrors: [] }
})
