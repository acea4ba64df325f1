package bounds

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/graph/generated"
)

// TestEveryListHasAGreatestLength: a list that is no page of a connection is charged by a length that somebody has
// thought of.
func TestEveryListHasAGreatestLength(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	met := map[string]bool{}
	fields := 0
	for name, def := range schema.Types {
		if def.Kind != ast.Object || def.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		for _, field := range def.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			fields++
			paged := strings.HasSuffix(name, "Connection") && slices.Contains([]string{"nodes", "edges"}, field.Name)
			if field.Type.Elem == nil || paged || field.Arguments.ForName("first") != nil {
				continue
			}
			if field.Type.Elem.Elem != nil {
				t.Errorf("%s.%s is a list of lists", name, field.Name)
			}
			if _, known := lengthOf(name, field.Name); !known {
				t.Errorf("%s.%s has no greatest length: put it into longest", name, field.Name)
			}
			met[name+"."+field.Name] = true
		}
	}
	for coordinate := range longest {
		if !met[coordinate] {
			t.Errorf("%s is no list", coordinate)
		}
	}
	if fields > 2*maxGained {
		t.Errorf("there are %d fields, of which more than %d may be gained", fields, maxGained)
	}
}

// TestPartsHoldValuesAlone, so that nothing that is read for itself is counted with them.
func TestPartsHoldValuesAlone(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for name := range parts {
		for _, field := range schema.Types[name].Fields {
			if of := schema.Types[field.Type.Name()]; !of.IsLeafType() || len(field.Arguments) > 0 {
				t.Errorf("%s.%s is no plain value", name, field.Name)
			}
		}
	}
}

// TestEveryConnectionIsOne by its name and its arguments.
func TestEveryConnectionIsOne(t *testing.T) {
	t.Parallel()
	for name, def := range generated.NewExecutableSchema(generated.Config{}).Schema().Types {
		if def.Kind != ast.Object || def.BuiltIn {
			continue
		}
		for _, field := range def.Fields {
			connection := strings.HasSuffix(field.Type.Name(), "Connection")
			if connection != (field.Arguments.ForName("after") != nil) && name != "Subscription" || connection &&
				field.Arguments.ForName("first") == nil {
				t.Errorf("%s.%s: %s", name, field.Name, field.Type)
			}
		}
	}
}

// TestEveryFilterIsKnownToHaveAnIndexOrNot.
func TestEveryFilterIsKnownToHaveAnIndexOrNot(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for name, def := range schema.Types {
		if def.Kind != ast.InputObject || !strings.HasSuffix(name, "Filter") {
			continue
		}
		for _, field := range def.Fields {
			if _, known := cuts[name][field.Name]; !known {
				t.Errorf("%s.%s: put it into cuts", name, field.Name)
			}
		}
	}
	for name, fields := range cuts {
		for field := range fields {
			if schema.Types[name] == nil || schema.Types[name].Fields.ForName(field) == nil {
				t.Errorf("%s.%s is in no filter", name, field)
			}
		}
	}
	for name := range heavy {
		if schema.Mutation.Fields.ForName(name) == nil {
			t.Errorf("%s is no mutation", name)
		}
	}
}

// cuts are the fields of filters, with whether an index finds the rows that each leaves of an org's list by itself, in
// its own order.
var cuts = map[string]map[string]bool{
	"AuditEventFilter": {
		"actorIds": true, "operations": true, "outcomes": true, "targetId": true, "atFrom": true,
		"atTo": true,
	},
	"AuditActorFilter": {"search": false},
	"ColleagueFilter":  {"search": false},
	"CreatorFilter": {
		"search": false, "statuses": false, "categories": true, "managerIds": false, "withoutManager": true,
		"followersFrom": true, "contractEndsWithinDays": true,
	},
	"OrderFilter": {
		"search": false, "statuses": true, "creatorIds": true, "numbers": true, "paidFrom": true,
		"paidTo": true, "updatedFrom": true, "updatedTo": true, "settledFrom": true, "settledTo": true,
		"amountFrom": true, "amountTo": true, "categories": false, "managerIds": false,
	},
	"RoleFilter":       {"search": false, "modules": false},
	"SubAccountFilter": {"search": false, "statuses": false, "roleIds": false},
	"TaskFilter":       {"search": false, "statuses": true, "creatorIds": false, "dueFrom": true, "dueTo": true},
}
