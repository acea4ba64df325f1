package graph_test

import "maps"

// fromOrgWithManyRows is about an org with more rows than a workbook takes.
func fromOrgWithManyRows(in vars) func(*fixture) (*client, vars) {
	return asOwner(func(s *fixture) vars {
		s.order(nil)
		s.Resolver.MaxXLSX = -1
		return maps.Clone(in)
	})
}

func roomy(s *fixture, _ *answer) { s.Resolver.MaxXLSX = 0 }

const manyRowsZh, manyRowsEn = "XLSX 文件最多 -1 行，请缩小筛选范围，或导出 CSV。",
	"An XLSX file holds at most -1 rows. Narrow the filter, or export CSV."

var exportDeeds = []mutationCase{
	{
		mutation: "exportOrders", name: "all", ask: asOwner(func(*fixture) vars { return vars{} }),
		event: `OWNER 主帐号 @甲 exportOrders DONE | ExportOrdersPayload "CSV" rows:→…`,
	},
	{
		mutation: "exportOrders", name: "some", ask: asOwner(func(*fixture) vars {
			return vars{"filter": vars{"statuses": []string{"SETTLED"}, "search": "没有"}, "format": "XLSX"}
		}),
		event: `OWNER 主帐号 @甲 exportOrders DONE | ExportOrdersPayload "XLSX" rows:→0 filter:→{"search":"没有","statuses":["SETTLED"]}`,
	},
	{
		mutation: "exportOrders", name: "more than a workbook takes", ask: fromOrgWithManyRows(vars{"format": "XLSX"}),
		want: "INVALID input.format", zh: manyRowsZh, en: manyRowsEn,
		event: `OWNER 主帐号 @甲 exportOrders REFUSED INVALID`, check: roomy,
	},
	{
		mutation: "exportCreators", name: "some", ask: asOwner(func(*fixture) vars {
			return vars{"filter": vars{"categories": []string{"没有"}}, "format": "JSONL"}
		}),
		event: `OWNER 主帐号 @甲 exportCreators DONE | ExportCreatorsPayload "JSONL" rows:→0 filter:→{"categories":["没有"]}`,
	},
	{
		mutation: "exportCreators", name: "more than a workbook takes", ask: fromOrgWithManyRows(vars{"format": "XLSX"}),
		want: "INVALID input.format", zh: manyRowsZh, en: manyRowsEn,
		event: `OWNER 主帐号 @甲 exportCreators REFUSED INVALID`, check: roomy,
	},
	{
		mutation: "exportTasks", name: "all", ask: asOwner(func(*fixture) vars { return vars{} }),
		event: `OWNER 主帐号 @甲 exportTasks DONE | ExportTasksPayload "CSV" rows:→…`,
	},
	{
		mutation: "exportTasks", name: "more than a workbook takes", ask: fromOrgWithManyRows(vars{"format": "XLSX"}),
		want: "INVALID input.format", zh: manyRowsZh, en: manyRowsEn,
		event: `OWNER 主帐号 @甲 exportTasks REFUSED INVALID`, check: roomy,
	},
	{
		mutation: "exportFigures", name: "by week", ask: asOwner(func(*fixture) vars {
			return vars{
				"by": "WEEK", "dateFrom": "2026-02-02", "dateTo": "2026-02-15", "creatorIds": []string{"没有"}, "format": "JSONL",
			}
		}),
		event: `OWNER 主帐号 @甲 exportFigures DONE | ExportFiguresPayload "JSONL" rows:→2 ` +
			`filter:→{"by":"WEEK","dateFrom":"2026-02-02","dateTo":"2026-02-15","creatorIds":["没有"]}`,
	},
	{
		mutation: "exportFigures", name: "days that end before they begin", ask: asOwner(func(*fixture) vars {
			return vars{"by": "CREATOR", "dateFrom": "2026-02-02", "dateTo": "2026-02-01"}
		}),
		want: "INVALID input.dateTo", zh: "开始日期不能晚于结束日期，请调整日期。",
		en:    "The first day can't be later than the last day. Change the dates.",
		event: `OWNER 主帐号 @甲 exportFigures REFUSED INVALID`,
	},
	{
		mutation: "exportFigures", name: "more days than a report", ask: asOwner(func(*fixture) vars {
			return vars{"by": "PRODUCT", "dateFrom": "2025-01-01", "dateTo": "2026-01-02"}
		}),
		want: "INVALID input.dateTo", zh: "一次最多统计 366 天，请缩短日期范围。",
		en:    "A report covers at most 366 days. Shorten the date range.",
		event: `OWNER 主帐号 @甲 exportFigures REFUSED INVALID`,
	},
	{
		mutation: "exportFigures", name: "more than a workbook takes", ask: fromOrgWithManyRows(vars{
			"by": "DAY", "dateFrom": "2026-02-01", "dateTo": "2026-02-02", "format": "XLSX",
		}),
		want: "INVALID input.format", zh: manyRowsZh, en: manyRowsEn,
		event: `OWNER 主帐号 @甲 exportFigures REFUSED INVALID`, check: roomy,
	},
	{
		mutation: "exportAuditEvents", name: "all", ask: asOwner(func(*fixture) vars { return vars{} }),
		event: `OWNER 主帐号 @甲 exportAuditEvents DONE | ExportAuditEventsPayload "CSV" rows:→…`,
	},
	{
		mutation: "exportAuditEvents", name: "more than a workbook takes", ask: fromOrgWithManyRows(vars{"format": "XLSX"}),
		want: "INVALID input.format", zh: manyRowsZh, en: manyRowsEn,
		event: `OWNER 主帐号 @甲 exportAuditEvents REFUSED INVALID`, check: roomy,
	},
}
