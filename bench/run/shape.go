package main

import "deputy/bench/workload"

// ofPostGraphile asks in the schema that PostGraphile makes of the tables.
func ofPostGraphile(l workload.Load) (path, document string) {
	if l.PostGraphile == "" {
		return "", ""
	}
	return "/graphql", l.PostGraphile
}

// plain is put into another form when PostGraphile answers it.
func plain(answer any) any { return answer }
