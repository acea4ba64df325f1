package workload

const nested = `query Nested($id: ID!) {
  org(id: $id) {
    name
    roles(first: %[1]d) { nodes { id name subAccounts(first: %[2]d) { nodes { id name status roles { name } } } } }
  }
}`

const flat = `query Flat($id: ID!) {
  org(id: $id) {
    subAccounts(first: 100) { %s nodes { id name phone email status createdAt updatedAt } pageInfo { hasNextPage } }
  }
}`

// All returns the loads, those that write last.
func All() []Load {
	all := []Load{
		{Name: "nested20x10", Document: sized(nested, 20, 10)},
		{Name: "nested5x5", Document: sized(nested, 5, 5)},
		{Name: "flat100", Document: sized(flat, "")},
		{Name: "flat100count", Document: sized(flat, "totalCount")},
		{Name: "audit100", Document: `query Audit($id: ID!) {
  org(id: $id) {
    auditEvents(first: 100) {
      nodes {
        id at operation outcome code requestId
        actor { kind actorId name }
        targets(first: 5) { nodes { targetId type label outcome code changes { field before after } } }
      }
    }
  }
}`},
		{Name: "orders100", Document: `query Orders($id: ID!) {
  org(id: $id) {
    orders(first: 100) {
      nodes { id number productName amount commission status paidAt settledAt creatorName creator { id name platformId category followers } }
    }
  }
}`},
		{Name: "creators50", Document: `query Creators($id: ID!) {
  org(id: $id) {
    creators(first: 50) {
      nodes {
        id name platformId category followers status contractFrom contractTo shareBps
        manager { subAccountId name }
        tasks(first: 5) { nodes { id title reward status deadline } }
        orders(first: 5) { nodes { id number productName amount status paidAt } }
      }
    }
  }
}`},
		{Name: "data90", variables: report, Document: `query Data($id: ID!, $from: Date!, $to: Date!) {
  org(id: $id) {
    data(dateFrom: $from, dateTo: $to) {
      total { orders amount commission refunds refundAmount creators }
      periods(period: DAY) { dateFrom point { orders amount creators } }
      topCreators(first: 10) { creatorName point { orders amount } }
      topProducts(first: 10) { productName point { orders amount creators } }
    }
  }
}`},
		{Name: "point", Document: `query Point($id: ID!) { org(id: $id) { name } }`},
		{Name: "viewer", staff: true, variables: nothing, Document: `query Viewer {
  viewer {
    account { id phone email createdAt }
    ownedOrg { id name }
    seats { subAccountId orgId orgName name status roleNames createdAt org { id name ownerName timeZone currency } }
    seatLimit
    mayOpenOrg
  }
}`},
		{Name: "import1000", Writes: true, variables: imported, Document: `mutation Import($input: ImportOrdersInput!) {
  importOrders(input: $input) { created changed unchanged userErrors { code message field } }
}`},
		{Name: "batch100", Writes: true, variables: batch, Document: `mutation Batch($orgId: ID!, $ids: [ID!]!) {
  disableSubAccounts(input: {orgId: $orgId, ids: $ids}) { subAccounts { id name status } userErrors { code message field } }
  enableSubAccounts(input: {orgId: $orgId, ids: $ids}) { subAccounts { id name status } userErrors { code message field } }
}`},
	}
	documents, reasons := inPostGraphile(), withoutPostGraphile()
	for i := range all {
		all[i].PostGraphile, all[i].Without = documents[all[i].Name], reasons[all[i].Name]
	}
	return all
}
