// The fields of rows in lists: each is read for all rows of a level at once. A batch has the key of a row, and answers the values
// of keys in their order.
import { rows } from './database.mjs'

const subAccountsOfRoles = `SELECT keys.id AS key, page.id, page.name, phone, email, status, created_at AS "createdAt", updated_at AS "updatedAt"
FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (
  SELECT s.* FROM sub_accounts s JOIN sub_account_roles l ON l.sub_account_id = s.id WHERE l.role_id = keys.id
  ORDER BY s.created_at, s.id LIMIT $2) AS page ORDER BY keys.id, page.created_at, page.id`
const rolesOfSubAccounts = `SELECT l.sub_account_id AS key, r.id, r.name FROM sub_account_roles l JOIN roles r ON r.id = l.role_id
WHERE l.sub_account_id = ANY ($1) ORDER BY r.created_at, r.id`
const orgsByID = 'SELECT id AS key, id, name, owner_name AS "ownerName", time_zone AS "timeZone", currency FROM orgs WHERE id = ANY ($1)'
const targetsOfEvents = `SELECT keys.id AS key, page.target_id AS "targetId", page.type, page.label, page.outcome, page.code, page.changes
FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (
  SELECT * FROM audit_targets t WHERE t.event_id = keys.id ORDER BY t.id LIMIT $2) AS page ORDER BY keys.id, page.id`
const creatorsByID = `SELECT id AS key, id, name, platform_id AS "platformId", category, followers FROM creators WHERE id = ANY ($1)`
const managersByID = 'SELECT id AS key, id AS "subAccountId", name FROM sub_accounts WHERE id = ANY ($1)'
const tasksOfCreators = `SELECT keys.id AS key, page.id, page.title, page.reward, page.status, page.deadline
FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (
  SELECT t.* FROM tasks t JOIN task_assignments a ON a.task_id = t.id WHERE a.creator_id = keys.id
  ORDER BY t.created_at DESC, t.id DESC LIMIT $2) AS page ORDER BY keys.id, page.created_at DESC, page.id DESC`
const ordersOfCreators = `SELECT keys.id AS key, page.id, page.number, page.product_name AS "productName", page.amount, page.status, page.paid_at AS "paidAt"
FROM unnest($1::text[]) AS keys(id) CROSS JOIN LATERAL (
  SELECT * FROM orders o WHERE o.creator_id = keys.id ORDER BY o.paid_at DESC, o.id DESC LIMIT $2) AS page
ORDER BY keys.id, page.paid_at DESC, page.id DESC`

const nothing = Object.freeze([])

// grouped returns the rows of each key.
function grouped (keys, found) {
  const lists = new Map()
  for (const row of found) {
    const list = lists.get(row.key)
    if (list) list.push(row)
    else lists.set(row.key, [row])
  }
  return keys.map((key) => lists.get(key) ?? nothing)
}

const lists = (text) => async (keys) => grouped(keys, await rows(text, [[...new Set(keys)]]))
const pages = (text) => async (keys, first) =>
  grouped(keys, await rows(text, [[...new Set(keys)], first])).map((nodes) => ({ nodes }))
const ones = (text) => async (keys) => {
  const wanted = new Set(keys)
  wanted.delete(null)
  const found = new Map((await rows(text, [[...wanted]])).map((row) => [row.key, row]))
  return keys.map((key) => found.get(key) ?? null)
}

export const batches = {
  Role: { subAccounts: { key: (role) => role.id, load: pages(subAccountsOfRoles) } },
  SubAccount: { roles: { key: (subAccount) => subAccount.id, load: lists(rolesOfSubAccounts) } },
  Seat: { org: { key: (seat) => seat.orgId, load: ones(orgsByID) } },
  AuditEvent: { targets: { key: (event) => event.id, load: pages(targetsOfEvents) } },
  Order: { creator: { key: (order) => order.creatorId, load: ones(creatorsByID) } },
  Creator: {
    manager: { key: (creator) => creator.managerId, load: ones(managersByID) },
    tasks: { key: (creator) => creator.id, load: pages(tasksOfCreators) },
    orders: { key: (creator) => creator.id, load: pages(ordersOfCreators) }
  }
}
