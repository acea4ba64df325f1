package proof_test

// planted are faults, each put into the real schema by edits of its text: file, old text, new text. The fault must be
// found at the line where the text `at` stands in the first file.
var planted = []struct {
	name       string
	edits      []string
	coordinate string
	at         string
	problem    string
	// more is set where one edit makes more faults than the one that is looked for.
	more bool
}{
	{
		name:       "question without a rule",
		edits:      []string{"node.graphqls", "modules: [ModuleInfo!]! @public", "modules: [ModuleInfo!]!"},
		coordinate: "Query.modules", at: "modules: [ModuleInfo!]!", problem: "no rule says who may ask",
	},
	{
		name:       "mutation without a rule",
		edits:      []string{"sign_in.graphqls", "signOut: SignOutPayload @signedIn", "signOut: SignOutPayload"},
		coordinate: "Mutation.signOut", at: "signOut: SignOutPayload", problem: "no rule says who may ask",
	},
	{
		name: "subscription without a rule",
		edits: []string{
			"org.graphqls", "\"A page of orgs.\"",
			"extend type Subscription {\n  \"An org changed.\"\n  orgChanged(\"Which.\" orgId: ID!): Org\n}\n\n\"A page of " +
				"orgs.\"",
		},
		coordinate: "Subscription.orgChanged", at: "orgChanged(", problem: "no rule says who may ask",
	},
	{
		name:       "type without a rule",
		edits:      []string{"user_error.graphqls", "type UserError @open {", "type UserError {"},
		coordinate: "UserError.message", at: "message: String!", problem: "@inModule or @open on the type UserError",
		more: true,
	},
	{
		name: "new type",
		edits: []string{
			"org.graphqls", "\"A page of orgs.\"",
			"\"A branch.\"\ntype Branch {\n  \"Its city.\"\n  city: String!\n}\n\n\"A page of orgs.\"",
		},
		coordinate: "Branch.city", at: "city: String!", problem: "no rule says who may ask",
	},
	{
		name:       "two rules on a field",
		edits:      []string{"node.graphqls", "viewer: Viewer @public", "viewer: Viewer @public @signedIn"},
		coordinate: "Query.viewer", at: "viewer: Viewer @public @signedIn",
		problem: "more than one rule (@public and @signedIn)",
	},
	{
		name: "two rules on a type",
		edits: []string{
			"role.graphqls", "type RoleEdge @inModule(module: SUB_ACCOUNTS) {",
			"type RoleEdge @inModule(module: SUB_ACCOUNTS) @open {",
		},
		coordinate: "RoleEdge", at: "type RoleEdge", problem: "more than one rule (@inModule and @open)",
	},
	{
		name: "two modules for a type",
		edits: []string{
			"role.graphqls", "\"A filter for roles.",
			"extend type RoleEdge @inModule(module: TASKS)\n\n\"A filter for roles.",
		},
		coordinate: "RoleEdge", at: "type RoleEdge @inModule(module: SUB_ACCOUNTS) {",
		problem: "more than one rule (@inModule and @inModule)",
	},
	{
		name:       "rule on a root type",
		edits:      []string{"node.graphqls", "type Query {", "type Query @open {"},
		coordinate: "Query", at: "type Query @open", problem: "@open says nothing here",
	},
	{
		name: "rule on a field of an interface",
		edits: []string{
			"node.graphqls", "  id: ID!\n}\n\n\"The position of a page in",
			"  id: ID! @signedIn\n}\n\n\"The position of a page in",
		},
		coordinate: "Node.id", at: "id: ID! @signedIn", problem: "never runs",
	},
	{
		name:       "guarded field that is not nullable",
		edits:      []string{"org.graphqls", "): RoleConnection @hasModule", "): RoleConnection! @hasModule"},
		coordinate: "Org.roles", at: "  roles(", problem: "must be nullable",
	},
	{
		name:       "guarded mutation that is not nullable",
		edits:      []string{"org.graphqls", "): UpdateOrgPayload @hasModule", "): UpdateOrgPayload! @hasModule"},
		coordinate: "Mutation.updateOrg", at: "  updateOrg(", problem: "must be nullable",
	},
	{
		name: "unguarded way to a type of a module",
		edits: []string{
			"org.graphqls", "  ownerName: String!\n  \"The account that opened the org.\"",
			"  ownerName: String!\n  \"The first role.\"\n  firstRole: Role\n  \"The account that opened the org.\"",
		},
		coordinate: "Org.firstRole", at: "firstRole: Role",
		problem: "hands out Role, which lives in SUB_ACCOUNTS, without its guard: put @hasModule(module: SUB_ACCOUNTS) on it",
	},
	{
		name: "guard taken off",
		edits: []string{
			"org.graphqls", "): SubAccountConnection @hasModule(module: SUB_ACCOUNTS)",
			"): SubAccountConnection",
		},
		coordinate: "Org.subAccounts", at: "  subAccounts(", problem: "hands out SubAccountConnection",
	},
	{
		name: "guard of another module",
		edits: []string{
			"org.graphqls", "): AuditEventConnection @hasModule(module: AUDIT_LOG)",
			"): AuditEventConnection @hasModule(module: SUB_ACCOUNTS)",
		},
		coordinate: "Org.auditEvents", at: "  auditEvents(", problem: "which lives in AUDIT_LOG",
	},
	{
		name: "signed in instead of the guard",
		edits: []string{
			"org.graphqls", "): RoleConnection @hasModule(module: SUB_ACCOUNTS)",
			"): RoleConnection @signedIn",
		},
		coordinate: "Org.roles", at: "  roles(", problem: "@signedIn is enough on Viewer only",
	},
	{
		name:       "the asker's own without being signed in",
		edits:      []string{"viewer.graphqls", "): AuditEventConnection! @signedIn", "): AuditEventConnection!"},
		coordinate: "Viewer.auditEvents", at: "  auditEvents(", problem: "which lives in AUDIT_LOG",
	},
	{
		name: "root field that hands out a type of a module",
		edits: []string{
			"node.graphqls", "  \"The modules of the back office",
			"  \"A role.\"\n  role(\"Which.\" id: ID!): Role @signedIn\n  \"The modules of the back office",
		},
		coordinate: "Query.role", at: "role(", problem: "hands out Role",
	},
	{
		name: "mutation that answers a type of a module to anybody",
		edits: []string{
			"sign_in.graphqls", "  token: String\n",
			"  token: String\n  \"The seats.\"\n  seats: [SubAccount!]\n",
		},
		coordinate: "SignInPayload.seats", at: "seats: [SubAccount!]",
		problem: "the type SignInPayload must carry @inModule(module: SUB_ACCOUNTS)",
	},
	{
		name: "connection that is open",
		edits: []string{
			"role.graphqls", "type RoleConnection @inModule(module: SUB_ACCOUNTS) {",
			"type RoleConnection @open {",
		},
		coordinate: "RoleConnection.nodes", at: "nodes: [Role!]!",
		problem: "the type RoleConnection must carry @inModule(module: SUB_ACCOUNTS)", more: true,
	},
	{
		name: "edge of another module",
		edits: []string{
			"role.graphqls", "type RoleEdge @inModule(module: SUB_ACCOUNTS) {",
			"type RoleEdge @inModule(module: TASKS) {",
		},
		coordinate: "RoleEdge.node", at: "node: Role!", problem: "the type RoleEdge must carry @inModule(module: " +
			"SUB_ACCOUNTS)", more: true,
	},
	{
		name: "union that hides a type of a module",
		edits: []string{
			"node.graphqls", "\"All queries of the API.\"",
			"\"What was found.\"\nunion Found = Org | Role\n\n\"All queries of the API.\"",
			"node.graphqls", "  \"The modules of the back office",
			"  \"Anything.\"\n  find(\"Which.\" id: ID!): [Found!] @signedIn\n  \"The modules of the back office",
		},
		coordinate: "Query.find", at: "find(", problem: "as Found hands out Role, which lives in SUB_ACCOUNTS",
	},
	{
		name: "union of two modules behind the guard of one",
		edits: []string{
			"org.graphqls", "\"A page of orgs.\"", "\"What was found.\"\nunion Found = AuditEvent | Role\n\n\"A page of orgs.\"",
			"org.graphqls", "  \"The account that opened the org.\"",
			"  \"Anything.\"\n  find: [Found!] @hasModule(module: SUB_ACCOUNTS)\n  \"The account that opened the org.\"",
		},
		coordinate: "Org.find", at: "find:", problem: "as Found hands out AuditEvent, which lives in AUDIT_LOG",
	},
	{
		name: "interface that hides a type of a module",
		edits: []string{
			"role.graphqls", "\"A page of roles.\"", "\"A thing with a name.\"\ninterface Named {\n  \"The name.\"\n  name: " +
				"String!\n}\n\n\"A page of roles.\"",
			"role.graphqls", "type Role implements Node @", "type Role implements Node & Named @",
			"role.graphqls", "\"A filter for roles.",
			"extend type Grant {\n  \"Of whom.\"\n  of: Named\n}\n\n\"A filter for roles.",
		},
		coordinate: "Grant.of", at: "of: Named", problem: "as Named hands out Role",
	},
	{
		name: "another way to Node",
		edits: []string{
			"org.graphqls", "  \"The account that opened the org.\"",
			"  \"Anything.\"\n  favourite: Node\n  \"The account that opened the org.\"",
		},
		coordinate: "Org.favourite", at: "favourite: Node", problem: "as Node hands out ", more: true,
	},
	{
		name: "guarded mutation without input.orgId",
		edits: []string{
			"role.graphqls", "input DeleteRoleInput {\n  \"The org.\"\n  orgId: ID!\n",
			"input DeleteRoleInput {\n",
		},
		coordinate: "Mutation.deleteRole", at: "  deleteRole(", problem: "which org it is judged in",
	},
	{
		name: "guarded mutation whose org may be absent",
		edits: []string{
			"role.graphqls", "input DeleteRoleInput {\n  \"The org.\"\n  orgId: ID!\n",
			"input DeleteRoleInput {\n  \"The org.\"\n  orgId: ID\n",
		},
		coordinate: "Mutation.deleteRole", at: "  deleteRole(", problem: "which org it is judged in",
	},
	{
		name:       "guarded mutation whose input may be absent",
		edits:      []string{"role.graphqls", "input: DeleteRoleInput!", "input: DeleteRoleInput"},
		coordinate: "Mutation.deleteRole", at: "  deleteRole(", problem: "which org it is judged in",
	},
	{
		name: "guarded mutation that names two orgs",
		edits: []string{
			"role.graphqls", "    input: DeleteRoleInput!\n",
			"    input: DeleteRoleInput!\n    \"Another org.\"\n    orgId: ID!\n",
		},
		coordinate: "Mutation.deleteRole(orgId:)", at: "    orgId: ID!", problem: "only one of the two would be judged",
	},
	{
		name: "guarded question without an org",
		edits: []string{
			"node.graphqls", "  \"The modules of the back office",
			"  \"A role.\"\n  role(\"Which.\" id: ID!): Role @hasModule(module: SUB_ACCOUNTS)\n  \"The modules of the back " +
				"office",
		},
		coordinate: "Query.role", at: "role(", problem: "it needs the argument orgId: ID!",
	},
	{
		name: "guarded field of an object that names another org",
		edits: []string{
			"org.graphqls", "  owner: Account @hasModule",
			"  owner(\"Which.\" orgId: ID!): Account @hasModule",
		},
		coordinate: "Org.owner(orgId:)", at: "  owner(", problem: "judged in the org of the Org",
	},
	{
		name: "action that the module does not have",
		edits: []string{
			"org.graphqls", "  owner: Account @hasModule(module: SUB_ACCOUNTS)",
			"  owner: Account @hasModule(module: DATA, action: EDIT)",
		},
		coordinate: "Org.owner", at: "  owner: Account", problem: "EDIT opens nothing in DATA, so nobody could ever ask: " +
			"take one of its actions (VIEW, EXPORT)",
	},
	{
		name: "mutation for whoever may look",
		edits: []string{
			"org.graphqls", "): UpdateOrgPayload @hasModule(module: SUB_ACCOUNTS, action: EDIT)",
			"): UpdateOrgPayload @hasModule(module: SUB_ACCOUNTS)",
		},
		coordinate: "Mutation.updateOrg", at: "  updateOrg(", problem: "VIEW is not enough for a mutation",
	},
	{
		name:       "module that the server does not know",
		edits:      []string{"module.graphqls", "  SUB_ACCOUNTS\n", "  SUB_ACCOUNTS\n  \"Nothing.\"\n  BILLING\n"},
		coordinate: "Module.BILLING", at: "BILLING", problem: "there is no module \"BILLING\"",
	},
	{
		name:       "type without a description",
		edits:      []string{"viewer.graphqls", "\"A session of the account.\"\n", ""},
		coordinate: "Session", at: "type Session", problem: "no description",
	},
	{
		name:       "field without a description",
		edits:      []string{"viewer.graphqls", "  \"When the session began.\"\n  createdAt: Time!", "  createdAt: Time!"},
		coordinate: "Session.createdAt", at: "  createdAt: Time!\n  \"When the session was last used",
		problem: "no description",
	},
	{
		name:       "argument without a description",
		edits:      []string{"node.graphqls", "    \"The id of the org.\"\n", ""},
		coordinate: "Query.org(id:)", at: "    id: ID!\n  ): Org", problem: "no description",
	},
	{
		name:       "value without a description",
		edits:      []string{"module.graphqls", "  \"View the data of the module.\"\n", ""},
		coordinate: "Action.VIEW", at: "  VIEW\n", problem: "no description",
	},
	{
		name: "field of an input without a description",
		edits: []string{"module.graphqls", "  \"The granted actions, at least one. EDIT and EXPORT imply " +
			"VIEW.\"\n", ""},
		coordinate: "GrantInput.actions", at: "actions: [Action!]! = [VIEW]", problem: "no description",
	},
	{
		name:       "scalar without a description",
		edits:      []string{"node.graphqls", "\"A date in the org's time zone, as `YYYY-MM-DD`.\"\n", ""},
		coordinate: "Date", at: "scalar Date", problem: "no description",
	},
	{
		name:       "directive without a description",
		edits:      []string{"directives.graphqls", "\"\"\"\nEveryone has access, signed in or not.\n\"\"\"\n", ""},
		coordinate: "@public", at: "directive @public", problem: "no description",
	},
	{
		name:       "argument of a directive without a description",
		edits:      []string{"directives.graphqls", "  \"The action that must be granted in the module.\"\n", ""},
		coordinate: "@hasModule(action:)", at: "action: Action = VIEW", problem: "no description",
	},
}
