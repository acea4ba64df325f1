package workload

// The questions in the schema that PostGraphile makes of the tables. It names fields by columns and nests them by
// foreign keys, so their aliases say how a response becomes what Deputy answers: a__b is b of an object a, _ stands for
// the object that it is alone in, and _list, _time, _date, _number, _name and _changes are how the value is put.

const postgraphileNested = `query Nested($id: String!) {
  org: orgByRowId(rowId: $id) {
    name
    roles: rolesByOrgId(first: %[1]d, orderBy: [CREATED_AT_ASC, PRIMARY_KEY_ASC]) {
      nodes {
        id: rowId name
        subAccounts: subAccountRolesByRoleIdAndOrgId(first: %[2]d, orderBy: [SUB_ACCOUNT_ID_ASC]) {
          nodes {
            _: subAccountBySubAccountIdAndOrgId {
              id: rowId name status
              roles_list: subAccountRolesBySubAccountIdAndOrgId(orderBy: [ROLE_ID_ASC]) { nodes { _: roleByRoleIdAndOrgId { name } } }
            }
          }
        }
      }
    }
  }
}`

const postgraphileFlat = `query Flat($id: String!) {
  org: orgByRowId(rowId: $id) {
    subAccounts: subAccountsByOrgId(first: 100, orderBy: [CREATED_AT_ASC, PRIMARY_KEY_ASC]) {
      %s nodes { id: rowId name phone email status createdAt_time: createdAt updatedAt_time: updatedAt } pageInfo { hasNextPage }
    }
  }
}`

// inPostGraphile returns the questions by their names.
func inPostGraphile() map[string]string {
	return map[string]string{
		"nested20x10":  sized(postgraphileNested, 20, 10),
		"nested5x5":    sized(postgraphileNested, 5, 5),
		"flat100":      sized(postgraphileFlat, ""),
		"flat100count": sized(postgraphileFlat, "totalCount"),
		"audit100": `query Audit($id: String!) {
  org__auditEvents: allAuditEvents(condition: {orgId: $id}, first: 100, orderBy: [AT_DESC, PRIMARY_KEY_DESC]) {
    nodes {
      id: rowId at_time: at operation outcome code requestId actor__kind: actorKind actor__actorId: actorId actor__name: actorName
      targets: auditTargetsByEventId(first: 5, orderBy: [PRIMARY_KEY_ASC]) { nodes { targetId type label outcome code changes_changes: changes } }
    }
  }
}`,
		"orders100": `query Orders($id: String!) {
  org: orgByRowId(rowId: $id) {
    orders: ordersByOrgId(first: 100, orderBy: [PAID_AT_DESC, PRIMARY_KEY_DESC]) {
      nodes {
        id: rowId number productName amount_number: amount commission_number: commission status paidAt_time: paidAt settledAt_time: settledAt
        creatorName_name: creatorByCreatorIdAndOrgId { name }
        creator: creatorByCreatorIdAndOrgId { id: rowId name platformId category followers_number: followers }
      }
    }
  }
}`,
		"creators50": `query Creators($id: String!) {
  org: orgByRowId(rowId: $id) {
    creators: creatorsByOrgId(first: 50, orderBy: [CREATED_AT_ASC, PRIMARY_KEY_ASC]) {
      nodes {
        id: rowId name platformId category followers_number: followers status contractFrom_date: contractFrom contractTo_date: contractTo
        shareBps_number: shareBps
        manager: subAccountByManagerIdAndOrgId { subAccountId: rowId name }
        tasks: taskAssignmentsByCreatorIdAndOrgId(first: 5, orderBy: [TASK_ID_DESC]) {
          nodes { _: taskByTaskIdAndOrgId { id: rowId title reward_number: reward status deadline_time: deadline } }
        }
        orders: ordersByCreatorIdAndOrgId(first: 5, orderBy: [PAID_AT_DESC, PRIMARY_KEY_DESC]) {
          nodes { id: rowId number productName amount_number: amount status paidAt_time: paidAt }
        }
      }
    }
  }
}`,
		"point": `query Point($id: String!) { org: orgByRowId(rowId: $id) { name } }`,
	}
}

// withoutPostGraphile says why it is not asked the others.
func withoutPostGraphile() map[string]string {
	return map[string]string{
		"data90":     "figures are sums over tables, which it leaves to plugins and functions in the database",
		"viewer":     "what the asker may do stands in no table",
		"import1000": "its mutations change one row each and keep no record",
		"batch100":   "its mutations change one row each and keep no record",
	}
}
