// The fields that are answered one by one. Those that are asked for in lists are in batches.mjs.
import { rows } from './database.mjs'
import { periods, topCreators, topProducts, total } from './report.mjs'
import { scalars } from './scalars.mjs'
import { importOrders, setStatus } from './write.mjs'

const org = 'id, name, owner_name AS "ownerName", time_zone AS "timeZone", currency'
const orgsByID = `SELECT ${org} FROM orgs WHERE id = $1`
const orgsByOwner = `SELECT ${org} FROM orgs WHERE owner_id = $1`
const account = 'SELECT id, phone, email, created_at AS "createdAt" FROM accounts WHERE id = $1'
const seats = `SELECT s.id AS "subAccountId", s.org_id AS "orgId", o.name AS "orgName", s.name, s.status, s.created_at AS "createdAt", r.name AS role
FROM sub_accounts s JOIN orgs o ON o.id = s.org_id JOIN sub_account_roles l ON l.sub_account_id = s.id JOIN roles r ON r.id = l.role_id
WHERE s.account_id = $1 ORDER BY s.created_at, s.id, r.created_at, r.id`
const roles = 'SELECT id, name FROM roles WHERE org_id = $1 ORDER BY created_at, id LIMIT $2'
const subAccounts = `SELECT id, name, phone, email, status, created_at AS "createdAt", updated_at AS "updatedAt" FROM sub_accounts
WHERE org_id = $1 ORDER BY created_at, id LIMIT $2`
const countSubAccounts = 'SELECT count(*) AS n FROM sub_accounts WHERE org_id = $1'
const creators = `SELECT id, name, platform_id AS "platformId", category, followers, status, contract_from AS "contractFrom", contract_to AS "contractTo",
share_bps AS "shareBps", manager_id AS "managerId" FROM creators WHERE org_id = $1 ORDER BY created_at, id LIMIT $2`
const orders = `SELECT o.id, number, product_name AS "productName", amount, commission, o.status, paid_at AS "paidAt", settled_at AS "settledAt",
creator_id AS "creatorId", c.name AS "creatorName" FROM orders o JOIN creators c ON c.id = o.creator_id
WHERE o.org_id = $1 ORDER BY paid_at DESC, o.id DESC LIMIT $2`
const auditEvents = `SELECT id, at, actor_kind AS "actorKind", actor_id AS "actorId", actor_name AS "actorName", operation, outcome, code,
request_id AS "requestId" FROM audit_events WHERE org_id = $1 ORDER BY at DESC, id DESC LIMIT $2`

const list = (text) => async (org, { first = 20 }) => ({ nodes: await rows(text, [org.id, first]) })

async function seatsOf (account) {
  const found = []
  for (const row of await rows(seats, [account])) {
    if (found.at(-1)?.subAccountId !== row.subAccountId) found.push({ ...row, roleNames: [] })
    found.at(-1).roleNames.push(row.role)
  }
  return found
}

// owned and seated are read once for a viewer, however many fields ask for them.
const owned = (viewer) => viewer.owned ??= rows(orgsByOwner, [viewer.id])
const seated = (viewer) => viewer.seated ??= seatsOf(viewer.id)

export const resolvers = {
  ...scalars,
  Query: {
    viewer: (_, args, { account }) => ({ id: account }),
    org: async (_, { id }) => (await rows(orgsByID, [id]))[0]
  },
  Mutation: {
    importOrders: (_, { input }, { account }) => importOrders(input, account),
    disableSubAccounts: (_, { input }, { account }) => setStatus(input, account, 'disableSubAccounts', 'DISABLED'),
    enableSubAccounts: (_, { input }, { account }) => setStatus(input, account, 'enableSubAccounts', 'ENABLED')
  },
  Viewer: {
    account: async ({ id }) => (await rows(account, [id]))[0],
    ownedOrg: async (viewer) => (await owned(viewer))[0],
    seats: seated,
    seatLimit: () => 20,
    mayOpenOrg: async (viewer) => (await owned(viewer)).length === 0 && (await seated(viewer)).length === 0
  },
  Org: {
    roles: list(roles),
    subAccounts: async ({ id }, { first = 20 }) => {
      const nodes = await rows(subAccounts, [id, first + 1])
      const hasNextPage = nodes.length > first
      if (hasNextPage) nodes.pop()
      return { orgId: id, nodes, pageInfo: { hasNextPage } }
    },
    creators: list(creators),
    orders: list(orders),
    auditEvents: list(auditEvents),
    data: ({ id }, { dateFrom, dateTo }) => ({ id, from: dateFrom, to: dateTo })
  },
  SubAccountConnection: {
    totalCount: async ({ orgId }) => (await rows(countSubAccounts, [orgId]))[0].n
  },
  AuditEvent: {
    actor: ({ actorKind, actorId, actorName }) => ({ kind: actorKind, actorId, name: actorName })
  },
  AuditTarget: {
    changes: ({ changes }) => JSON.parse(changes).map(({ f, b, a }) => ({ field: f, before: b, after: a }))
  },
  DataReport: { total, periods, topCreators, topProducts }
}
