// The figures of a report, over what is kept by day.
import { rows } from './database.mjs'

const perCreator = (by) => `(SELECT ${by}, sum(orders) AS orders, sum(amount) AS amount, sum(commission) AS commission, sum(refunds) AS refunds,
  sum(refund_amount) AS refund_amount FROM creator_days WHERE org_id = $1 AND day BETWEEN $2 AND $3 GROUP BY ${by}) f`
const sums = `coalesce(sum(orders), 0)::bigint AS orders, coalesce(sum(amount), 0)::bigint AS amount, coalesce(sum(commission), 0)::bigint AS commission,
coalesce(sum(refunds), 0)::bigint AS refunds, coalesce(sum(refund_amount), 0)::bigint AS "refundAmount", count(*) FILTER (WHERE orders > 0) AS creators`
const totals = `SELECT ${sums} FROM ${perCreator('creator_id')}`
const byDay = `SELECT day, ${sums} FROM ${perCreator('day, creator_id')} GROUP BY day`
const bestCreators = `SELECT c.name AS "creatorName", f.orders, f.amount FROM (
  SELECT creator_id, sum(orders)::bigint AS orders, sum(amount)::bigint AS amount FROM creator_days
  WHERE org_id = $1 AND day BETWEEN $2 AND $3 GROUP BY creator_id HAVING sum(orders) > 0 ORDER BY sum(amount) DESC, creator_id COLLATE "C" LIMIT $4) f
JOIN creators c ON c.id = f.creator_id ORDER BY f.amount DESC, f.creator_id COLLATE "C"`
const bestProducts = `SELECT product_name AS "productName", sum(orders)::bigint AS orders, sum(amount)::bigint AS amount FROM product_days
WHERE org_id = $1 AND creator_id = '' AND day BETWEEN $2 AND $3 GROUP BY product_name HAVING sum(orders) > 0
ORDER BY sum(amount) DESC, product_name COLLATE "C" LIMIT $4`
const sellers = `SELECT product_name AS name, count(*) AS n FROM (
  SELECT product_name FROM product_days WHERE org_id = $1 AND day BETWEEN $2 AND $3 AND product_name = ANY ($4) AND creator_id <> ''
  GROUP BY product_name, creator_id HAVING sum(orders) > 0) f GROUP BY product_name`

const empty = Object.freeze({ orders: 0, amount: 0, commission: 0, refunds: 0, refundAmount: 0, creators: 0 })

export const total = async ({ id, from, to }) => (await rows(totals, [id, from, to]))[0]

export async function periods ({ id, from, to }) {
  const found = new Map((await rows(byDay, [id, from, to])).map((row) => [row.day, row]))
  return Array.from({ length: to - from + 1 }, (_, i) => ({ dateFrom: from + i, point: found.get(from + i) ?? empty }))
}

export async function topCreators ({ id, from, to }, { first }) {
  return (await rows(bestCreators, [id, from, to, first])).map((row) => ({ creatorName: row.creatorName, point: row }))
}

export async function topProducts ({ id, from, to }, { first }) {
  const best = await rows(bestProducts, [id, from, to, first])
  const by = new Map((await rows(sellers, [id, from, to, best.map((row) => row.productName)])).map((row) => [row.name, row.n]))
  return best.map((row) => ({ productName: row.productName, point: { ...row, creators: by.get(row.productName) } }))
}
